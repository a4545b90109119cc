import fs from 'node:fs/promises'
import { readCsv } from '@meterbook/core/csv'
import { addDecimals } from '@meterbook/core/kernel'
import type { Page } from '@playwright/test'
import type { StartedSystem } from '../started-system.ts'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** The demo sends two months of history; settling all of it takes its time on a busy machine. */
const SETTLED_MS_MAX = 150_000
/** While the history is still being counted and settled, a page shares the machine with it. */
const PAGE_MS_MAX = 30_000
const WIDTHS = [320, 1440]
const THEMES = ['light', 'dark'] as const

test('the last month opens down to a raw event, and its file adds up to the total on the page', async ({
  page,
  system,
}) => {
  await openLastMonth(page, system)
  const total = await page.getByTestId('statement-total').getAttribute('data-exact')
  expect(total).toMatch(/^[1-9]\d*(\.\d+)?$/)
  await expect(page.getByText(/^Reconciled\s*difference 0$/)).toBeVisible({ timeout: PAGE_MS_MAX })

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV lines' }).click(),
  ])
  const [header = [], ...rows] = readCsv(await fs.readFile(await download.path(), 'utf8'))
  const amountAt = header.indexOf('amount')
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.map((row) => row[amountAt] ?? '').reduce(addDecimals, '0')).toBe(total)

  const line = page.getByRole('region', { name: 'Lines' }).getByRole('link').first()
  const name = ((await line.textContent()) ?? '').trim()
  await line.click()
  const drawer = page.getByRole('complementary', { name })
  await expect(drawer.getByRole('heading', { name })).toBeFocused()
  await drawer.getByRole('list', { name: 'Entries' }).getByRole('link').first().click()
  await expect(page).toHaveURL(/[?&]line=[^&]+&entry=\d+/)
  await expect(drawer.getByText(/^[0-9a-f]{64}$/)).toBeVisible()
  await expect(drawer.getByRole('table', { name: 'How the amount came about' })).toBeVisible()
  await drawer.getByRole('button', { name: 'Its events, as received' }).click()
  const event = drawer.getByRole('list', { name: 'Events' }).locator('summary').first()
  await event.click()
  await expect(drawer.locator('pre').first()).toContainText('"specversion"')

  const address = page.url()
  await page.goto(address)
  await expect(drawer.getByText(/^[0-9a-f]{64}$/)).toBeVisible()
  await drawer.getByRole('link', { name: 'Close the line' }).press('Escape')
  await expect(drawer).toBeHidden()
  await expect(line).toBeFocused()
})

test('signed in to another space, a statement is not found', async ({ page, system }) => {
  await signIn(page, system)
  const answer = await page.request.get(`${system.url}/s/quarry-lane/statements`)
  expect(answer.status()).toBe(404)
  const own = `${system.url}/s/${system.demo.space.slug}/statements`
  expect((await page.request.get(`${own}/2026-10-quarry-lane`)).status()).toBe(404)
})

for (const theme of THEMES) {
  for (const width of WIDTHS) {
    test(`statements are readable by everyone at ${width} px, ${theme}: no axe finding, no sideways scroll`, async ({
      page,
      system,
    }) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await openLastMonth(page, system)
      await expectSound(page)
      await page.getByRole('region', { name: 'Lines' }).getByRole('link').first().click()
      await page.getByRole('list', { name: 'Entries' }).getByRole('link').first().click()
      await page.getByRole('button', { name: 'Its events, as received' }).click()
      await page.locator('summary').first().click()
      await expectSound(page)
      await page.goto(`${system.url}/s/${system.demo.space.slug}/statements`)
      await expect(page.getByRole('region', { name: 'Statements' })).toBeVisible()
      await expectSound(page)
    })
  }
}

/** By the list, as a person goes; waits until all of the month's usage is settled, or it is closed. */
async function openLastMonth(page: Page, system: StartedSystem): Promise<void> {
  await signIn(page, system)
  await page.goto(`${system.url}/s/${system.demo.space.slug}/statements`)
  await page.getByRole('region', { name: 'Statements' }).getByRole('row').nth(2).getByRole('link').click()
  await expect(page.getByRole('heading', { level: 1, name: /statement$/ })).toBeVisible({ timeout: PAGE_MS_MAX })
  await expect(async () => {
    await page.reload()
    await expect(page.getByText(/All usage of the month is settled|An issued statement does not move/)).toBeVisible()
    await expect(page.getByRole('region', { name: 'Lines' })).toBeVisible()
  }).toPass({ timeout: SETTLED_MS_MAX })
}
