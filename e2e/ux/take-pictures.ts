import path from 'node:path'
import type { Browser, Page } from '@playwright/test'
import type { Demo } from '../started-system.ts'
import type { SignedIn } from './sign-in.ts'

const HEIGHT = 1000
/** What moves is still by then: charts have drawn, figures have come. */
const SETTLED_MS_MAX = 20_000

/** A page and the name of its picture. */
function picturesOf({ space, apps }: Demo): { name: string; path: string }[] {
  const base = `/s/${space.slug}`
  return [
    { name: 'overview', path: base },
    { name: 'usage', path: `${base}/usage` },
    { name: 'cost', path: `${base}/cost` },
    { name: 'app', path: `${base}/apps/${apps[0]?.slug}` },
    { name: 'events', path: `${base}/events` },
    { name: 'statements', path: `${base}/statements` },
    { name: 'exports', path: `${base}/exports` },
    { name: 'meters', path: `${base}/meters` },
    { name: 'keys', path: `${base}/keys` },
    { name: 'quarantine', path: `${base}/quarantine` },
    { name: 'docs', path: '/docs' },
    { name: 'status', path: '/status' },
  ]
}

const LOOKS = [
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 360, theme: 'light' },
] as const

/** Writes `<name>-<theme>-<width>.png` of each page into a folder. Returns what could not be taken, in words. */
export async function takePictures(input: {
  browser: Browser
  url: string
  state: SignedIn
  demo: Demo
  folder: string
}): Promise<string[]> {
  const faults: string[] = []
  for (const { width, theme } of LOOKS) {
    const context = await input.browser.newContext({
      viewport: { width, height: HEIGHT },
      colorScheme: theme,
      reducedMotion: 'reduce',
      storageState: input.state,
    })
    const page = await context.newPage()
    for (const { name, path: at } of picturesOf(input.demo)) {
      const answer = await page.goto(input.url + at)
      if (answer === null || !answer.ok()) faults.push(`${at} answered ${answer?.status()}`)
      await settled(page)
      await page.screenshot({ path: path.join(input.folder, `${name}-${theme}-${width}.png`) })
    }
    await context.close()
  }
  return faults
}

/** Nothing is being read any more. A page that never gets there is pictured as it is: that is what people would see. */
async function settled(page: Page): Promise<void> {
  await page.locator('main').waitFor()
  await page
    .waitForFunction(() => document.querySelector('.skel, [aria-busy=true]') === null, null, {
      timeout: SETTLED_MS_MAX,
    })
    .catch(() => undefined)
}
