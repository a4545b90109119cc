import type { Page } from '@playwright/test'
import type { Visitor } from './look-at-pages.ts'

const CLICKS = 50
const CLICKS_QUICK = 12
/** Of the browser's event timing: what painted sooner is not told. */
const FRAME_MS = 16
/** After an answer, until nothing more moves in the figures. */
const CALM_MS = 150
const ANSWER_MS_MAX = 30_000

export interface Clicks {
  /** From each click to its next paint, by the browser's event timing, which is rounded to 8. */
  paints: number[]
  /** From each click to the last of the new figures on the screen. */
  numbers: number[]
}

/** Choices that only draw the same figures another way: nothing is asked for them. */
const DRAWN = ['View', 'Chart form']
/** What was asked before is not asked again: each round is in another time zone. */
const ZONES = ['UTC', 'Asia/Kolkata', 'Europe/Budapest', 'America/New_York', 'Asia/Kathmandu', 'Australia/Adelaide']

/** Clicks through the filters of a page, by the groups of links that are named, each time to one that is not current. In milliseconds. */
export async function measureClicks(visitor: Visitor & { path: string; groups: readonly string[] }): Promise<Clicks> {
  const context = await visitor.browser.newContext({
    viewport: { width: 1440, height: 900 },
    storageState: visitor.sessions.developer,
  })
  const page = await context.newPage()
  await page.addInitScript(watchClicks)
  const clicks: Clicks = { paints: [], numbers: [] }
  const wanted = visitor.isQuick ? CLICKS_QUICK : CLICKS
  for (let round = 0; clicks.paints.length < wanted && round < wanted; round++) {
    const zone = ZONES[round % ZONES.length] ?? 'UTC'
    const path = `${visitor.path}${visitor.path.includes('?') ? '&' : '?'}tz=${zone}`
    await page.goto(visitor.url + path)
    await page.locator('main').waitFor()
    await page.waitForFunction(() => document.querySelector('main .skel') === null)
    // the page is at rest: a person reads before they click
    await page.evaluate((calm) => new Promise((resolve) => setTimeout(resolve, calm)), CALM_MS * 4)
    for (const name of visitor.groups) {
      if (clicks.paints.length >= wanted) break
      const click = await clickOne(page, name)
      if (click === null) continue
      clicks.paints.push(click.paint)
      if (!DRAWN.includes(name)) clicks.numbers.push(click.numbers)
    }
  }
  await context.close()
  return clicks
}

async function clickOne(page: Page, name: string): Promise<{ paint: number; numbers: number } | null> {
  const other = page.getByRole('group', { name, exact: true }).locator('a:not([aria-current])').first()
  if ((await other.count()) === 0) return null
  await page.evaluate(() => window.clickWatch.begin())
  await other.click()
  const times = { calm: CALM_MS, most: ANSWER_MS_MAX, frame: FRAME_MS, isAsked: !DRAWN.includes(name) }
  return page.evaluate((input) => window.clickWatch.end(input), times)
}

interface Times {
  calm: number
  most: number
  frame: number
  isAsked: boolean
}

declare global {
  interface Window {
    clickWatch: {
      begin: () => void
      end: (input: Times) => Promise<{ paint: number; numbers: number }>
    }
  }
}

/** Runs in the page, before anything of it. */
function watchClicks(): void {
  let begun = 0
  let pressedAt = 0
  let movedAt = 0
  let slow: { start: number; duration: number }[] = []
  new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries())
      if (name === 'click' || name === 'pointerdown' || name === 'pointerup') slow.push({ start: startTime, duration })
  }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit)
  addEventListener('click', (event) => (pressedAt = event.timeStamp), true)
  // what moves is on the screen with the next frame
  const watch = new MutationObserver(() => requestAnimationFrame(() => (movedAt = performance.now())))
  const lastAnswer = () =>
    performance
      .getEntriesByType('resource')
      .filter(({ name, startTime }) => startTime >= pressedAt && /\/api\/trpc\/|[?&]_rsc=/.test(name))
      .filter(({ name }) => /explore\.|spaceUsage|appUsage|overview\.month|_rsc=/.test(name))
      .at(-1) as PerformanceResourceTiming | undefined
  window.clickWatch = {
    begin: () => {
      slow = []
      begun = performance.now()
      pressedAt = Number.POSITIVE_INFINITY
      movedAt = 0
      performance.clearResourceTimings()
      const main = document.querySelector('main')
      watch.disconnect()
      if (main) watch.observe(main, { subtree: true, childList: true, characterData: true, attributes: true })
    },
    end: ({ calm, most, frame, isAsked }) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const now = performance.now()
          const answer = lastAnswer()
          const isThere = answer === undefined ? !isAsked : movedAt > answer.responseEnd
          const isCalm = movedAt > pressedAt && now - movedAt >= calm
          const isOver = isThere && isCalm && !document.querySelector('main .stale')
          if (isOver) {
            const paint = Math.max(frame, ...slow.filter(({ start }) => start >= begun).map(({ duration }) => duration))
            resolve({ paint: Math.round(paint), numbers: Math.round(movedAt - pressedAt) })
          } else if (now - begun > most) reject(new Error(`no new figures within ${most} ms of a click`))
          else setTimeout(look, 20)
        }
        look()
      }),
  }
}
