import { addMember, openPage } from './people-steps.ts'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** From the act to what the open page shows of it. */
const AT_ONCE_MS = 5_000

test('who looks on as somebody sees what they see, is told so on every page, changes nothing, and is in the audit log', async ({
  browser,
  system,
}) => {
  const member = await addMember(browser, system, 'admin')
  const { slug } = system.demo.space
  // Pages of their own: what is refused is said in the console too.
  const page = await openPage(browser)
  await signIn(page, system, system.demo.admin)
  await page.goto(`${system.url}/admin/people?q=${encodeURIComponent(member.email)}`)
  await page.getByRole('button', { name: `Look on as ${member.name}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('they say their keys are not there')
  await dialog.getByRole('button', { name: 'Look on', exact: true }).click()
  await page.waitForURL(new RegExp(`/s/${slug}`))

  const banner = page.getByRole('complementary', { name: 'Looking on' })
  for (const path of [`/s/${slug}`, `/s/${slug}/members`, `/s/${slug}/keys`, `/s/${slug}/settings`, '/account']) {
    await page.goto(system.url + path)
    await expect(banner, path).toContainText(`You look on as ${member.name}`)
  }
  await expect(page.getByText(`You look on as ${member.name}: nothing can be changed`)).toBeVisible()
  expect((await page.request.get(`${system.url}/admin/people`)).status()).toBe(404)

  await page.goto(`${system.url}/s/${slug}/members`)
  await expectSound(page, 'members, looking on')
  await page.getByRole('button', { name: `Remove ${member.name}` }).click()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(dialog.getByText(`You look on as ${member.name}: nothing can be changed`)).toBeVisible()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('button', { name: `Remove ${member.name}` })).toBeVisible()

  await banner.getByRole('button', { name: 'Stop looking on' }).click()
  await page.waitForURL(/\/admin\/people/)
  await expect(banner).toHaveCount(0)
  await page.goto(`${system.url}/admin/audit`)
  const log = page.getByRole('table')
  await expect(log.getByText('looking_on.end').first()).toBeVisible()
  await expect(log.getByText('looking_on.begin').first()).toBeVisible()
  await expect(log.getByText('they say their keys are not there').first()).toBeVisible()
  await Promise.all([page.context().close(), member.page.context().close()])
})

test('a member who is removed loses sight of the space at once, on the page that they have open', async ({
  browser,
  system,
}) => {
  const member = await addMember(browser, system)
  const { slug } = system.demo.space
  await member.page.goto(`${system.url}/s/${slug}/apps`)
  await expect(member.page.getByRole('heading', { level: 1 })).toBeVisible()
  // the stream by which it will hear of it is open
  await expect(member.page.getByText('Pause live')).toBeVisible()

  const page = await openPage(browser)
  await signIn(page, system, system.demo.admin)
  await page.goto(`${system.url}/s/${slug}/members`)
  await page.getByRole('button', { name: `Remove ${member.name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeHidden()

  await expect(member.page.getByRole('link', { name: 'Members' })).toHaveCount(0)
  await expect(member.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible({ timeout: AT_ONCE_MS })
  await member.page.goto(system.url)
  await expect(member.page.getByText('No developer space yet')).toBeVisible()
  await Promise.all([page.context().close(), member.page.context().close()])
})
