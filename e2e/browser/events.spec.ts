import type { Page } from '@playwright/test'
import type { StartedSystem } from '../started-system.ts'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** The demo sends two months of history; settling the first of it takes its time on a busy machine. */
const SETTLED_MS_MAX = 150_000
const PAGE_MS_MAX = 30_000
/** Some forty thousand entries of a month, page by page. */
const CHAIN_MS_MAX = 120_000

test('an event is searched, opened, and followed down to the ledger entry that bills it', async ({ page, system }) => {
  const event = await openSettledEvent(page, system)
  const receipt = page.getByRole('complementary', { name: 'Receipt of one event' })
  await expect(receipt.getByText(event, { exact: true })).toBeVisible()
  for (const step of ['Received', 'Journal', 'Validated', 'Deduplicated', 'Attributed', 'Measured', 'Rated']) {
    await expect(receipt.getByRole('heading', { level: 3, name: new RegExp(`^${step}`) })).toBeVisible()
  }
  await expect(receipt.getByText('Final. Counted once and posted.')).toBeVisible()
  await expect(receipt.getByText(/^Hash [0-9a-f]{64}$/)).toBeVisible()
  await receipt.getByRole('button', { name: 'Verify the chain' }).click()
  await expect(receipt.getByText('Chain verified')).toBeVisible({ timeout: PAGE_MS_MAX })

  const address = page.url()
  await page.goto(address)
  await expect(receipt.getByText(/^Hash [0-9a-f]{64}$/)).toBeVisible({ timeout: PAGE_MS_MAX })
  await receipt.getByRole('link', { name: /^Ledger entry/ }).click()
  await expect(page).toHaveURL(/\/statements\/[^?]+\?line=[^&]+&entry=\d+/, { timeout: PAGE_MS_MAX })
  await expect(page.getByText(/^[0-9a-f]{64}$/).first()).toBeVisible({ timeout: PAGE_MS_MAX })
})

test('a byte that was altered on its way is found by the reader’s own browser, and named', async ({ page, system }) => {
  await openLastStatement(page, system)
  let touched: string | null = null
  let isTouching = true
  await page.route('**/api/trpc/**', async (route) => {
    if (!isTouching || !route.request().url().includes('ledger.rows')) return route.continue()
    const answer = await route.fetch()
    const text = await answer.text()
    const sequence = /"sequence":"(\d+)"/.exec(text)?.[1] ?? null
    // one digit of one amount, in the first row of the first page
    const altered =
      touched === null
        ? text.replace(/\\"amount\\":\\"(\d)/, (_, digit) => `\\"amount\\":\\"${(Number(digit) + 1) % 10}`)
        : text
    if (altered !== text) touched = sequence
    return route.fulfill({ response: answer, body: altered })
  })
  await page.getByRole('button', { name: 'Verify in this browser' }).click()
  await expect(page.getByText('The chain is broken')).toBeVisible({ timeout: PAGE_MS_MAX })
  await expect(page.getByText(/Entry \d+: altered in canonical/)).toBeVisible()
  expect(touched).not.toBeNull()
  isTouching = false
  await page.getByRole('button', { name: 'Verify again' }).click()
  await expect(page.getByText('Chain verified')).toBeVisible({ timeout: CHAIN_MS_MAX })
  await expect(page.getByText(/none altered, missing, added or reordered/)).toBeVisible()
  await expect(page.getByText(/agrees with the head published for anybody/)).toBeVisible()
})

test('the tail shows an event that is sent while it is watched, and stands still when it is paused', async ({
  page,
  system,
}) => {
  await signIn(page, system)
  const { slug } = system.demo.space
  const [app] = system.demo.apps
  if (app === undefined) throw new Error('expected an app of the demo')
  await page.goto(`${system.url}/s/${slug}/events?tail=1&app=${app.slug}&type=request`)
  const send = (id: string) =>
    page.request.post(`${system.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${app.ingestKey}`, 'content-type': 'application/cloudevents+json' },
      data: { specversion: '1.0', id, source: '/watched', type: 'request', data: {} },
    })
  const first = `watched-${Date.now()}`
  expect((await send(first)).status()).toBe(204)
  await expect(page.getByRole('link', { name: first })).toBeVisible({ timeout: PAGE_MS_MAX })
  await page.getByRole('button', { name: 'Pause live' }).click()
  await expect(page.getByText('Paused: nothing moves until you resume.')).toBeVisible()
})

for (const theme of ['light', 'dark'] as const) {
  for (const width of [320, 1440]) {
    test(`events, exports and meters are readable at ${width} px, ${theme}: no axe finding, no sideways scroll`, async ({
      page,
      system,
    }) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await openSettledEvent(page, system)
      await expectSound(page)
      for (const path of ['events', 'events?q=nothing-of-this-name', 'exports', 'meters']) {
        await page.goto(`${system.url}/s/${system.demo.space.slug}/${path}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible({ timeout: PAGE_MS_MAX })
        await expectSound(page)
      }
    })
  }
}

/** By the search, as a person does: one of the demo's events that is old enough to be posted. The id of it. */
async function openSettledEvent(page: Page, system: StartedSystem): Promise<string> {
  await signIn(page, system)
  const to = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10)
  await page.goto(`${system.url}/s/${system.demo.space.slug}/events`)
  const search = page.getByRole('form', { name: 'Search events' })
  await search.getByRole('textbox', { name: 'To', exact: true }).fill(to)
  await search.getByLabel('Verdict').selectOption('counted')
  await search.getByLabel('Type').fill('function.invoked')
  await search.getByRole('button', { name: 'Search' }).click()
  await expect(page).toHaveURL(new RegExp(`to=${to}`), { timeout: PAGE_MS_MAX })
  const row = page.getByRole('region', { name: 'Events' }).getByRole('link').first()
  const id = ((await row.textContent({ timeout: PAGE_MS_MAX })) ?? '').trim()
  await row.click()
  await expect(page).toHaveURL(/[?&]event=[^&]+/, { timeout: PAGE_MS_MAX })
  const receipt = page.getByRole('complementary', { name: 'Receipt of one event' })
  await expect(receipt.getByRole('heading', { level: 2 })).toBeFocused({ timeout: PAGE_MS_MAX })
  await expect(async () => {
    await page.reload()
    await expect(receipt.getByRole('heading', { level: 3, name: /^Ledger entry/ })).toBeVisible()
  }).toPass({ timeout: SETTLED_MS_MAX })
  return id
}

async function openLastStatement(page: Page, system: StartedSystem): Promise<void> {
  await signIn(page, system)
  await page.goto(`${system.url}/s/${system.demo.space.slug}/statements`)
  await page.getByRole('region', { name: 'Statements' }).getByRole('row').nth(2).getByRole('link').click()
  await expect(page).toHaveURL(/\/statements\/[^/?]+$/, { timeout: PAGE_MS_MAX })
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('button', { name: 'Verify in this browser' })).toBeVisible()
  }).toPass({ timeout: SETTLED_MS_MAX })
}
