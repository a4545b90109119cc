import { ADMIN_PLACES } from '../../apps/web/src/features/admin/admin-places.ts'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

const DESK = ADMIN_PLACES.flatMap(({ places }) => places.map(({ path }) => path))
const VIEWS = [
  { width: 360, theme: 'light' },
  { width: 1440, theme: 'dark' },
] as const

test('for who does not run the platform there is no desk', async ({ page, system }) => {
  await signIn(page, system)
  for (const path of DESK) {
    const answer = await page.request.get(system.url + path)
    expect(answer.status(), path).toBe(404)
  }
})

for (const { width, theme } of VIEWS) {
  test(`every page of the desk is readable by everyone at ${width} px, ${theme}: no axe finding, no sideways scroll`, async ({
    page,
    system,
  }) => {
    test.setTimeout(240_000)
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await signIn(page, system, system.demo.admin)
    const { slug } = system.demo.space
    const places = ['quarantine', 'proposals', 'meters', 'members', 'keys', 'settings', 'apps/sprint-radar/settings']
    for (const path of [...DESK, '/account', ...places.map((place) => `/s/${slug}/${place}`)]) {
      const answer = await page.goto(system.url + path)
      expect(answer?.status(), path).toBe(200)
      await expect(page.locator('main')).toBeVisible()
      // What is still on its way is not what is read.
      await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
      await expectSound(page, path)
    }
  })
}
