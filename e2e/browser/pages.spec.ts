import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

const WIDTHS = [360, 768, 1440]
const THEMES = ['light', 'dark'] as const

test('a wrong password is said in words and lets nobody in', async ({ page, system }) => {
  await page.goto(`${system.url}/s/${system.demo.space.slug}`)
  await expect(page).toHaveURL(/\/sign-in/)
  await page.getByLabel('E-mail').fill(system.demo.signIn.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /\S/ }).first()).toBeVisible()
  await expect(page).toHaveURL(/\/sign-in/)
})

test('a person sees their own space and no other: its pages are not found', async ({ page, system }) => {
  await signIn(page, system)
  await expect(page).toHaveURL(new RegExp(`/s/${system.demo.space.slug}`))
  const answer = await page.request.get(`${system.url}/s/quarry-lane`)
  expect(answer.status()).toBe(404)
  expect(await answer.text()).not.toContain('Billing Sync')
  const app = await page.request.get(`${system.url}/s/${system.demo.space.slug}/apps/billing-sync`)
  expect(app.status()).toBe(404)
})

test('signed out, no page and no procedure answers', async ({ page, system }) => {
  await page.goto(`${system.url}/s/${system.demo.space.slug}/apps`)
  await expect(page).toHaveURL(/\/sign-in/)
})

for (const theme of THEMES) {
  for (const width of WIDTHS) {
    test(`every page is readable by everyone at ${width} px, ${theme}: no axe finding, no sideways scroll`, async ({
      page,
      system,
    }) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.goto(`${system.url}/sign-in`)
      await expectSound(page, 'sign-in')
      await signIn(page, system)
      const { slug } = system.demo.space
      for (const path of [
        `/s/${slug}`,
        `/s/${slug}?by=app&view=table`,
        `/s/${slug}/apps`,
        `/s/${slug}/apps/sprint-radar`,
        `/s/${slug}/apps/sprint-radar?view=table`,
      ]) {
        await page.goto(system.url + path)
        await expect(page.locator('main')).toBeVisible()
        await expectSound(page, path)
      }
    })
  }
}
