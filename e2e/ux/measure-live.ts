import { setTimeout as pause } from 'node:timers/promises'
import type { Demo } from '../started-system.ts'
import type { Visitor } from './look-at-pages.ts'

const TRIALS = 50
const TRIALS_QUICK = 15
/** Far above what the demo's own traffic adds between two looks: a change of half as much is this event and nothing else. */
const TOKENS = 1_000_000_000
const SHOWN_MS_MAX = 30_000

/**
 * From the sending of an event to its figure on an open page, in milliseconds. Adds usage to the demo: for a system of one's own.
 * Events come one at a time, after the page's last repaint, and in step with no rhythm of ours or the demo's.
 */
export async function measureLive(visitor: Visitor & { demo: Demo }): Promise<number[]> {
  const { url, demo } = visitor
  const app = demo.apps.find(({ slug }) => slug === 'asset-ledger') ?? demo.apps[0]
  if (app === undefined) throw new Error('expected an app of the demo')
  const context = await visitor.browser.newContext({
    viewport: { width: 1440, height: 900 },
    storageState: visitor.sessions.developer,
  })
  const page = await context.newPage()
  await page.goto(`${url}/s/${demo.space.slug}/apps/${app.slug}?range=1h`)
  const selector = '[data-testid="meter-total-tokens_total"][data-exact]:not([data-exact=""])'
  const total = page.locator(selector)
  const took: number[] = []
  for (let trial = 0; trial < (visitor.isQuick ? TRIALS_QUICK : TRIALS); trial++) {
    const before = Number(await total.getAttribute('data-exact'))
    const shown = page.waitForFunction(
      ([at, least]) => Number(document.querySelector(String(at))?.getAttribute('data-exact')) > Number(least),
      [selector, before + TOKENS / 2] as const,
      { polling: 'raf', timeout: SHOWN_MS_MAX },
    )
    const sentAt = performance.now()
    await send({ url, key: app.ingestKey, id: `ux-${Date.now()}-${trial}` })
    await shown
    took.push(Math.round(performance.now() - sentAt))
    await pause(1_100 + ((trial * 137) % 1_100))
  }
  await context.close()
  return took
}

async function send({ url, key, id }: { url: string; key: string; id: string }): Promise<void> {
  const answer = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      ...{ specversion: '1.0', id, source: '/ux', type: 'prompt' },
      data: { tokens: TOKENS, model: 'm', type: 'input' },
    }),
  })
  if (answer.status !== 204) throw new Error(`expected 204 for an event, found ${answer.status}`)
}
