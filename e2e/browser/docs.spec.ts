import { expectSound } from './sound-page.ts'
import { expect, test } from './system-fixture.ts'

const PAGES = [
  '/docs',
  '/docs/quickstart',
  '/docs/events',
  '/docs/errors',
  '/docs/errors/quota-exceeded',
  '/docs/limits',
  '/docs/focus',
  '/docs/changelog',
  '/status',
]

for (const theme of ['light', 'dark'] as const) {
  for (const width of [360, 1440]) {
    test(`the public pages open to anyone and are readable by everyone at ${width} px, ${theme}`, async ({
      page,
      system,
    }) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      for (const path of PAGES) {
        const answer = await page.goto(system.url + path)
        expect(answer?.status(), path).toBe(200)
        await expect(page.locator('main h1')).toBeVisible()
        await expectSound(page, path)
      }
    })
  }
}

test('the type of a problem leads to the page that explains it', async ({ page, system }) => {
  const answer = await page.request.get(`${system.url}/api/v1/meters`)
  const problem = (await answer.json()) as { type: string }
  expect([answer.status(), answer.headers()['content-type']]).toEqual([401, 'application/problem+json'])
  await page.goto(problem.type)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('unauthenticated')
  await expect(page.getByText('Authorization: Bearer').first()).toBeVisible()
})

test('every page can be had as Markdown, and the incidents as a feed', async ({ page, system }) => {
  const list = await (await page.request.get(`${system.url}/llms.txt`)).text()
  const addresses = [...list.matchAll(/\((http[^)]+\.md)\)/g)].map((match) => match[1] ?? '')
  expect(addresses.length).toBeGreaterThan(15)
  for (const address of addresses) {
    const answer = await page.request.get(address)
    expect([address, answer.status(), answer.headers()['content-type']]).toEqual([
      address,
      200,
      'text/markdown; charset=utf-8',
    ])
  }
  const feed = await page.request.get(`${system.url}/status/feed.xml`)
  expect([feed.status(), feed.headers()['content-type']]).toEqual([200, 'application/rss+xml; charset=utf-8'])
  expect(await feed.text()).toContain('<rss version="2.0">')
})
