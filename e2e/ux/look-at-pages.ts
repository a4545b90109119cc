import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from '@playwright/test'
import type { Place, Sessions } from './places.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const THEMES = ['light', 'dark'] as const
const WIDTHS = [320, 360, 768, 1440]
/** From here on a page may not be wider than the window; tables scroll within themselves. */
const NARROW = 360
const HEIGHT = 900
const TARGET_PX = 24
const READ_MS_MAX = 15_000

export interface Visitor {
  browser: Browser
  url: string
  sessions: Sessions
  isQuick: boolean
}

export interface LookedAt {
  /** How many pages were looked at, counting each width and theme. */
  looks: number
  findings: string[]
  sideways: string[]
  small: string[]
  errors: string[]
  offOrigin: string[]
  /** What each page transfers of scripts before anybody touches it. */
  pages: { path: string; scriptBytes: number }[]
}

/** Every page in every width and theme: what axe finds, what scrolls sideways, what is too small, what the console says, what leaves the origin. */
export async function lookAtPages(visitor: Visitor & { places: readonly Place[] }): Promise<LookedAt> {
  const found: LookedAt = { looks: 0, findings: [], sideways: [], small: [], errors: [], offOrigin: [], pages: [] }
  for (const colorScheme of THEMES) {
    for (const [who, places] of Map.groupBy(visitor.places, ({ as }) => as)) {
      const options = { colorScheme, reducedMotion: 'reduce', storageState: visitor.sessions[who] } as const
      const context = await visitor.browser.newContext(options)
      for (const { path } of places) await lookAtPage(context, { visitor, path, theme: colorScheme, found })
      await context.close()
    }
  }
  for (const place of visitor.places) {
    found.pages.push({ path: place.path, scriptBytes: await scriptBytes(visitor, place) })
  }
  return found
}

/** Opened once, then made wider: what depends on the width is asked at each. */
async function lookAtPage(
  context: BrowserContext,
  input: { visitor: Visitor; path: string; theme: string; found: LookedAt },
): Promise<void> {
  const { visitor, path, theme, found } = input
  const page = await context.newPage()
  listen(page, { url: visitor.url, path, found })
  await page.setViewportSize({ width: NARROW, height: HEIGHT })
  const answer = await page.goto(visitor.url + path)
  if (answer === null || !answer.ok()) found.errors.push(`${path} answered ${answer?.status()}`)
  await settled(page)
  for (const width of visitor.isQuick ? [NARROW, 1440] : WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT })
    // a chart that is laid out anew has its frame by then
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
    found.looks++
    await look(page, { path: `${path} ${width} ${theme}`, width, found })
  }
  await page.close()
}

/** Nothing is being read any more. A page that never gets there is looked at as it is: that is what people would see. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main').first().waitFor()
  await page
    .waitForFunction(() => document.querySelector('main .skel, main [aria-busy=true]') === null, null, {
      timeout: READ_MS_MAX,
    })
    .catch(() => undefined)
}

function listen(page: Page, { url, path, found }: { url: string; path: string; found: LookedAt }): void {
  page.on('console', (message) => {
    if (message.type() === 'error') found.errors.push(`${path} console: ${message.text().slice(0, 200)}`)
  })
  page.on('pageerror', (error) => found.errors.push(`${path} error: ${error.message.slice(0, 200)}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) found.offOrigin.push(request.url())
  })
}

async function look(
  page: Page,
  { path, width, found }: { path: string; width: number; found: LookedAt },
): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
  for (const { id, nodes } of violations)
    found.findings.push(`${path} ${id}, ${nodes.length} ×: ${nodes[0]?.html.slice(0, 160)}`)
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (over > 0) found.sideways.push(`${path} by ${over} px`)
  if (width === NARROW)
    for (const target of await smallTargets(page)) found.small.push(`${path.split(' ')[0]} ${target}`)
}

/** What can be pressed and is smaller than it may be; links within text may be (WCAG 2.5.8). */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const pressed = document.querySelectorAll<HTMLElement>('button, a.btn, summary, select, input:not([type=hidden])')
    return [...pressed].flatMap((element) => {
      const { width, height } = element.getBoundingClientRect()
      const isShown = element.checkVisibility() && width > 1 && height > 1
      const box = element.closest('label')?.getBoundingClientRect()
      const [w, h] = [Math.max(width, box?.width ?? 0), Math.max(height, box?.height ?? 0)]
      // a pixel of rounding
      if (!isShown || (w >= least - 0.5 && h >= least - 0.5)) return []
      return [
        `${element.tagName.toLowerCase()} "${element.textContent?.trim().slice(0, 30)}" ${Math.round(w)} × ${Math.round(h)}`,
      ]
    })
  }, TARGET_PX)
}

/** Bytes of scripts as they travel, until the network is quiet; nothing is cached. */
async function scriptBytes(visitor: Visitor, { path, as }: Place): Promise<number> {
  const context = await visitor.browser.newContext({
    viewport: { width: 1440, height: HEIGHT },
    storageState: visitor.sessions[as],
  })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  const scripts = new Set<string>()
  let bytes = 0
  session.on('Network.responseReceived', ({ requestId, type }) => {
    if (type === 'Script') scripts.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength
  })
  await page.goto(visitor.url + path)
  await page.locator('main').first().waitFor()
  // the stream of news never ends, so quiet is when the scripts of the page have come
  await page.waitForFunction(() => document.readyState === 'complete')
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 2_000 })))
  await context.close()
  return bytes
}
