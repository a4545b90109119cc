import { randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import type { StartedSystem } from '../started-system.ts'
import { linkOfLetter } from './people-steps.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** The demo's history is still being counted while these journeys begin. */
const COUNTED_MS_MAX = 120_000
const STEP_MS_MAX = 20_000

test('a space is made, its admin invited, who makes an app and a key and sees what it sends; the app changes hands, and each side has its share', async ({
  page,
  browser,
  system,
}) => {
  test.setTimeout(480_000)
  page.setDefaultTimeout(STEP_MS_MAX)
  const run = randomUUID().slice(0, 6)
  const [space, app] = [`harbour-${run}`, `tide-desk-${run}`]
  const email = `mara.${run}@harbour.example`

  // an admin of the platform makes the space and invites its first admin
  await signIn(page, system, system.demo.admin)
  await page.goto(`${system.url}/admin/spaces`)
  await page.getByRole('button', { name: 'New space' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('Harbour Lab')
  await dialog.getByLabel('Slug').fill(space)
  await dialog.getByLabel('Price book').selectOption({ index: 1 })
  await dialog.getByRole('button', { name: 'Make the space' }).click()
  await expect(dialog).toBeHidden()
  await page.goto(`${system.url}/s/${space}/members`)
  await page.getByRole('button', { name: 'Invite' }).click()
  await dialog.getByLabel('E-mail').fill(email)
  await dialog.getByLabel('Role').selectOption('admin')
  await dialog.getByRole('button', { name: 'Send the invitation' }).click()
  await expect(page.getByText(`The invitation for ${email} is on its way.`)).toBeVisible()

  // who follows the letter, once
  const invited = await (await browser.newContext()).newPage()
  invited.setDefaultTimeout(STEP_MS_MAX)
  const link = await linkOfLetter(system, { to: email, path: '/invite/' })
  await invited.goto(link)
  await invited.getByLabel('Your name').fill('Mara Lindqvist')
  await invited.getByLabel('A password').fill('a long enough password')
  await invited.getByRole('button', { name: 'Join Harbour Lab' }).click()
  await invited.waitForURL(new RegExp(`/s/${space}`))
  await page.goto(link)
  await expect(page.getByText('This invitation is not in force')).toBeVisible()

  // makes an app and a key
  await invited.goto(`${system.url}/s/${space}/settings`)
  await invited.getByRole('button', { name: 'New app' }).first().click()
  const form = invited.getByRole('dialog')
  await form.getByLabel('Name', { exact: true }).fill('Tide Desk')
  await form.getByLabel('Slug').fill(app)
  await form.getByRole('button', { name: 'Make the app' }).click()
  await invited.waitForURL(new RegExp(`/apps/${app}/settings`))
  await invited.goto(`${system.url}/s/${space}/keys?app=${app}`)
  await invited.getByRole('button', { name: 'New key' }).click()
  await form.getByLabel('Name', { exact: true }).fill('first service')
  await form.getByRole('button', { name: 'Make the key' }).click()
  const issued = invited.getByRole('region', { name: 'The new key first service' })
  const key = (await issued.locator('code').textContent()) ?? ''
  expect(key).toMatch(/^mbk_/)

  // sends a test event from the page, and sees it counted and not billed
  await invited.getByLabel('Event type', { exact: true }).selectOption('request')
  await invited.getByRole('button', { name: 'Send a test event' }).click()
  await expect(invited.getByText('Counted, as a test: it costs nothing')).toBeVisible({ timeout: COUNTED_MS_MAX })
  // and one of the app's own
  await send(system, { key, tokens: 7 })
  await expectTokens(invited, { address: `${system.url}/s/${space}/apps/${app}?range=24h`, tokens: '7' })

  // the app goes to another space: one side asks, an admin of the other approves
  await invited.goto(`${system.url}/s/${space}/apps/${app}/settings`)
  await invited.getByRole('button', { name: 'Transfer…' }).click()
  await form.getByLabel('To', { exact: true }).fill(system.demo.space.slug)
  await form.getByLabel('Reason').fill('the team moved')
  await form.getByRole('button', { name: 'Show what it changes' }).click()
  await expect(form.getByText('Nothing that was used before changes.')).toBeVisible()
  await form.getByRole('button', { name: 'Ask the other side' }).click()
  await expect(form).toBeHidden()
  const other = await (await browser.newContext()).newPage()
  other.setDefaultTimeout(STEP_MS_MAX)
  await signIn(other, system)
  await other.goto(`${system.url}/s/${system.demo.space.slug}/proposals`)
  const waiting = other.getByRole('listitem').filter({ hasText: app })
  await waiting.getByRole('button', { name: 'Approve' }).click()
  await other.getByRole('dialog').getByRole('button', { name: 'Approve, and do it' }).click()
  await expect(other.getByRole('dialog')).toBeHidden()

  // each side has what was used while the app was its own
  await send(system, { key, tokens: 11 })
  const { slug } = system.demo.space
  await expectTokens(other, { address: `${system.url}/s/${slug}/apps/${app}?range=24h`, tokens: '11' })
  await expectTokens(invited, { address: `${system.url}/s/${space}/apps/${app}?range=24h`, tokens: '7' })
  await Promise.all([invited.context().close(), other.context().close()])
})

async function send(system: StartedSystem, input: { key: string; tokens: number }): Promise<void> {
  const { key, tokens } = input
  const answer = await fetch(`${system.url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      ...{ specversion: '1.0', id: randomUUID(), source: '/journey', type: 'prompt' },
      data: { tokens, model: 'm', type: 'input' },
    }),
  })
  expect(answer.status).toBe(204)
}

async function expectTokens(page: Page, input: { address: string; tokens: string }): Promise<void> {
  await expect(async () => {
    await page.goto(input.address)
    await expect(page.getByTestId('meter-total-tokens_total')).toHaveAttribute('data-exact', input.tokens, {
      timeout: 5_000,
    })
  }).toPass({ timeout: COUNTED_MS_MAX })
}
