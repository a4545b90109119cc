import { expect, type Page } from '@playwright/test'
import type { Demo } from '../started-system.ts'
import { Keyboard } from './keyboard.ts'
import { settled, type Visitor } from './look-at-pages.ts'

const SHOWN_MS_MAX = 20_000

interface Walk {
  page: Page
  keys: Keyboard
  /** opens a page of the demo's space, at rest */
  open(path: string): Promise<void>
  demo: Demo
}

export interface Walked {
  journeys: number
  done: number
  faults: string[]
}

const soon = expect.configure({ timeout: SHOWN_MS_MAX })

/** What people come for, with no pointer. Each leaves nothing behind in the system. */
const JOURNEYS: Record<string, (walk: Walk) => Promise<void>> = {
  'sign in': async ({ page, keys, demo }) => {
    await page.context().clearCookies()
    await page.goto('/sign-in')
    await keys.tabTo(/^e-?mail/i)
    await keys.type(demo.signIn.email)
    await keys.tabTo(/^password/i)
    await keys.type(demo.signIn.password)
    await keys.press('Enter')
    await soon(page).toHaveURL(/\/s\//)
  },

  'skip what is the same on every page': async ({ page, keys, open }) => {
    await open('')
    await keys.tabTo(/^skip to content/i)
    await keys.press('Enter')
    await soon(page.locator('main')).toBeFocused()
  },

  'find a page by its name': async ({ page, keys, open }) => {
    await open('')
    await keys.press('Control+k')
    await soon(page.getByRole('combobox')).toBeFocused()
    await keys.type('statements')
    await keys.press('Enter')
    await soon(page).toHaveURL(/\/statements/)
  },

  'go by two letters': async ({ page, keys, open }) => {
    await open('/apps')
    await keys.press('g', 'u')
    await soon(page).toHaveURL(/\/usage$/)
  },

  'read which keys there are, and come back': async ({ page, keys, open }) => {
    await open('')
    await keys.press('?')
    await soon(page.getByRole('dialog')).toBeVisible()
    await keys.press('Escape')
    await soon(page.getByRole('dialog')).toHaveCount(0)
  },

  'filter by an environment, and take the filter off': async ({ page, keys, open }) => {
    await open('/usage')
    await keys.press('f')
    await keys.tabTo(/^what/i)
    await page.keyboard.press('e')
    await keys.tabTo(/^production$/)
    await keys.press('Space')
    await keys.tabTo(/^add$/i)
    await keys.press('Enter')
    await soon(page).toHaveURL(/f=environment/)
    await keys.tabTo(/^take off the filter/i)
    await keys.press('Enter')
    await soon(page).not.toHaveURL(/f=environment/)
  },

  'another period, the one before it, and back': async ({ page, keys, open }) => {
    await open('/usage')
    await keys.press('t')
    await keys.tabTo(/^last 7 days$/i)
    await keys.press('Enter')
    await soon(page).toHaveURL(/range=7d/)
    await answered(page)
    await keys.press('[')
    await soon(page).toHaveURL(/range=custom/)
    const before = page.url()
    await answered(page)
    await keys.press(']')
    await soon(page).not.toHaveURL(before)
  },

  'read a chart value by value': async ({ page, keys, open, demo }) => {
    await open(`/apps/${demo.apps[0]?.slug}?range=24h`)
    const chart = page.locator('main .plot svg[tabindex="0"], main .plot [tabindex="0"]').first()
    for (let tabs = 0; tabs < 80 && !(await chart.evaluate((node) => node.contains(document.activeElement))); tabs++)
      await keys.press('Tab')
    await soon(page.locator('main .plot .recharts-surface').first()).toBeVisible()
    await keys.press('ArrowRight', 'ArrowRight')
    await soon(page.locator('main .plot [role=status]').first()).toHaveText(/\d/)
  },

  'the chart as a table': async ({ page, keys, open, demo }) => {
    await open(`/apps/${demo.apps[0]?.slug}`)
    await keys.press('.')
    await soon(page).toHaveURL(/view=table/)
    await soon(page.locator('main table').first()).toBeVisible()
  },

  'from the events to the receipt of one, and back': async ({ page, keys, open }) => {
    await open('/events')
    await soon(page.locator('main tbody tr').first()).toBeVisible()
    await keys.tabTo(/receipt|^\d{1,2}:\d{2}|evt|[0-9a-f]{6}/i)
    await keys.press('Enter')
    await soon(page).toHaveURL(/event=/)
    await soon(page.getByRole('complementary').or(page.getByRole('dialog')).first()).toBeVisible()
    await keys.press('Escape')
    await soon(page).not.toHaveURL(/event=/)
  },

  'from the statements to a line of one': async ({ page, keys, open }) => {
    await open('/statements')
    await keys.tabTo(/^(january|february|march|april|may|june|july|august|september|october|november|december) \d{4}/i)
    await keys.press('Enter')
    await soon(page).toHaveURL(/\/statements\/[^/?]+/)
    await settled(page)
    await keys.tabTo(/verify/i)
  },

  'take a view along': async ({ page, keys, open }) => {
    await open('/usage')
    await keys.press('c')
    await keys.tabTo(/^live link/i)
    await keys.press('Enter')
    await soon(page.getByRole('dialog')).toContainText(/copied|http/i)
    await keys.press('Escape')
    await soon(page.getByRole('dialog')).toHaveCount(0)
  },

  'begin to make a key, and let it be': async ({ page, keys, open }) => {
    await open('/keys')
    await keys.tabTo(/^new key/i)
    await keys.press('Enter')
    await soon(page.getByRole('dialog')).toBeVisible()
    await keys.press('Escape')
    await soon(page.getByRole('dialog')).toHaveCount(0)
  },

  'switch single letters off, and on again': async ({ page, keys, open }) => {
    await open('')
    const box = page.getByRole('dialog').getByRole('checkbox')
    await keys.press('?')
    await keys.tabTo(/single|letter/i)
    await keys.press('Space')
    await soon(box).not.toBeChecked()
    await keys.press('Escape', 'g', 'u')
    await soon(page.getByRole('dialog')).toHaveCount(0)
    await soon(page).not.toHaveURL(/\/usage/)
    await page.context().clearCookies({ name: 'shortcuts' })
  },
}

/** What was pressed is closed, and the figures are those that were asked for: people look before they press again. */
async function answered(page: Page): Promise<void> {
  await soon(page.locator('.float, main .stale')).toHaveCount(0)
}

/** Each journey on a page of its own, from a fresh session of the browser. */
export async function walkByKeyboard(visitor: Visitor & { demo: Demo }): Promise<Walked> {
  const walked: Walked = { journeys: 0, done: 0, faults: [] }
  for (const [name, journey] of Object.entries(JOURNEYS)) {
    walked.journeys++
    const context = await visitor.browser.newContext({
      baseURL: visitor.url,
      viewport: { width: 1440, height: 900 },
      storageState: visitor.sessions.developer,
      reducedMotion: 'reduce',
    })
    const page = await context.newPage()
    const keys = new Keyboard(page, name)
    const open = async (path: string) => {
      await page.goto(`/s/${visitor.demo.space.slug}${path}`)
      await settled(page)
    }
    try {
      await journey({ page, keys, open, demo: visitor.demo })
      walked.done++
    } catch (error) {
      walked.faults.push(`${name}: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`)
    }
    walked.faults.push(...new Set(keys.faults))
    await context.close()
  }
  return walked
}
