import type { Visitor } from './look-at-pages.ts'

const CLICKS = 50
const CLICKS_QUICK = 12
const GROUPS = ['Bucket', 'Apps shown', 'View']

/**
 * Clicks through the filters of a page, and how long each click took to its next paint, in milliseconds, as the browser's event timing says
 * (which is rounded to 8). A click that painted within its 16 is not told by the browser, and counts as 16.
 */
export async function measureClicks(visitor: Visitor & { path: string }): Promise<number[]> {
  const context = await visitor.browser.newContext({
    viewport: { width: 1440, height: 900 },
    storageState: visitor.state,
  })
  const page = await context.newPage()
  await page.addInitScript(() => {
    const slow: { start: number; duration: number }[] = []
    Object.assign(window, { slowClicks: slow })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (entry.name === 'click') slow.push({ start: entry.startTime, duration: entry.duration })
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  })
  await page.goto(visitor.url + visitor.path)
  await page.locator('main').waitFor()
  const durations: number[] = []
  const clicks = visitor.isQuick ? CLICKS_QUICK : CLICKS
  for (let click = 0; click < clicks; click++) {
    const group = page.getByRole('group', { name: GROUPS[click % GROUPS.length] ?? '' })
    const other = group.locator('a:not([aria-current])').first()
    if ((await other.count()) === 0) continue
    const from = await page.evaluate(() => performance.now())
    const address = page.url()
    await other.click()
    await page.waitForURL((at) => at.href !== address)
    // two frames on, the browser has told what it has to tell
    const found = await page.evaluate(
      (since) =>
        new Promise<number>((resolve) => {
          requestAnimationFrame(() =>
            setTimeout(() => {
              const { slowClicks } = window as unknown as { slowClicks: { start: number; duration: number }[] }
              resolve(Math.max(16, ...slowClicks.filter(({ start }) => start >= since).map(({ duration }) => duration)))
            }, 50),
          )
        }),
      from,
    )
    durations.push(Math.round(found))
  }
  await context.close()
  return durations
}
