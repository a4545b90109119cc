import type { Page } from '@playwright/test'
import { expectSound } from './sound-page.ts'
import { expect, signIn, test } from './system-fixture.ts'

/** What a page's reads say, as the text that travels. */
async function answerOf(page: Page, input: { url: string; space: string; asOf: string }): Promise<string> {
  const address = {
    range: '24h',
    granularity: 'auto',
    by: [],
    filters: [],
    compare: 'prev',
    view: 'chart',
    basis: 'billable',
    asOf: input.asOf,
  }
  const query = encodeURIComponent(JSON.stringify({ space: input.space, address }))
  const answer = await page.request.get(`${input.url}/api/trpc/spaceUsage?input=${query}`)
  expect(answer.status()).toBe(200)
  return answer.text()
}

test('a frozen link keeps its digits while the live page goes on', async ({ page, system, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await signIn(page, system)
  const space = system.demo.space.slug
  await page.goto(`${system.url}/s/${space}?range=24h`)
  const live = page.getByTestId('space-total')
  const before = await live.textContent()
  await page.getByRole('button', { name: 'Copy link' }).press('Enter')
  await page.getByRole('button', { name: 'Frozen link' }).click()
  await expect(page.getByText('Copied')).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  const asOf = link.split('/').at(-1) ?? ''
  const frozen = await answerOf(page, { url: system.url, space, asOf })

  await page.keyboard.press('Escape')
  // the demo's apps go on sending
  await expect(live).not.toHaveText(before ?? '', { timeout: 60_000 })
  expect(await answerOf(page, { url: system.url, space, asOf })).toBe(frozen)
  await page.goto(link)
  await expect(page.getByText(/^Frozen/)).toBeVisible()
  await expect(page.getByRole('link', { name: 'Show live' })).toBeVisible()
  await expectSound(page, 'a frozen page')
})

test('by keyboard alone: the palette finds and goes, g goes, letters press, and can be switched off', async ({
  page,
  system,
}) => {
  await signIn(page, system)
  const base = `${system.url}/s/${system.demo.space.slug}`
  await page.goto(base)
  await expect(page.getByRole('button', { name: /^Search/ })).toBeVisible()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').pressSequentially('statem')
  await expect(page.getByRole('option', { selected: true })).toContainText('Statements')
  await expectSound(page, 'the palette')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${base}/statements`)
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await page.waitForURL(base)
  await page.goto(`${base}?range=24h`)
  await expect(page.getByTestId('space-total')).toBeVisible()
  await page.keyboard.press('.')
  await page.waitForURL(/view=table/)
  await page.keyboard.press('[')
  await page.waitForURL(/range=custom/)
  await page.keyboard.press('?')
  const off = page.getByRole('checkbox', { name: /Single letters/ })
  await off.press(' ')
  await page.keyboard.press('Escape')
  await page.goto(`${base}?range=24h`)
  await page.keyboard.press('.')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('combobox')).toBeVisible()
  expect(page.url()).toBe(`${base}?range=24h`)
})

test('two tabs hold one stream: when the one that holds it goes, the other takes it', async ({
  page,
  system,
  context,
}) => {
  const opened: Page[] = []
  context.on('request', (request) => {
    if (request.url().includes('/api/trpc/live')) opened.push(request.frame().page())
  })
  await signIn(page, system)
  const path = `${system.url}/s/${system.demo.space.slug}?range=24h`
  await page.goto(path)
  await expect.poll(() => opened.length).toBeGreaterThan(0)
  const other = await context.newPage()
  await other.goto(path)
  const total = other.getByTestId('space-total')
  const before = await total.textContent()
  await expect(total).not.toHaveText(before ?? '', { timeout: 60_000 })
  expect(opened).not.toContain(other)
  await page.close()
  await expect.poll(() => opened.includes(other), { timeout: 30_000 }).toBe(true)
})

test('every state of a region can be read by everyone, in both themes', async ({ page, system }) => {
  await signIn(page, system)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`${system.url}/fixtures/regions`)
      await expect(page.getByRole('region', { name: 'partial' })).toBeVisible()
      await expectSound(page, `/fixtures/regions ${width} ${colorScheme}`)
    }
  }
})
