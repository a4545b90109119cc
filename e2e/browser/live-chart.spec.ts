import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, signIn, test } from './system-fixture.ts'

const TRIALS = 50
const P95_MS_MAX = 1_500
/**
 * Far above what the demo's own traffic adds between two looks, and what the range loses when its oldest minute slides out of it:
 * a change of half as much is this event and nothing else.
 */
const TOKENS = 1_000_000_000
const ARRIVED = TOKENS / 2

test('an event posted with curl moves the chart of an open page without reload, p95 within 1.5 s', async ({
  page,
  system,
}) => {
  test.setTimeout(300_000)
  const app = system.demo.apps.find((each) => each.slug === 'asset-ledger')!
  await signIn(page, system)
  await page.goto(`${system.url}/s/${system.demo.space.slug}/apps/${app.slug}?range=1h`)
  const total = page.getByTestId('meter-total-tokens_total')
  await expect(total).toHaveAttribute('data-exact', /^\d+/)
  await page.evaluate(() => Object.assign(window, { isSamePage: true }))

  const took: number[] = []
  for (let trial = 0; trial < TRIALS; trial++) {
    const before = await exactOf()
    const id = `live-${Date.now()}-${trial}`
    const postedAt = performance.now()
    expect(post({ url: system.url, key: app.ingestKey, id })).toBe('204')
    await expect
      .poll(async () => (await exactOf()) - before, { timeout: 30_000, intervals: [20] })
      .toBeGreaterThan(ARRIVED)
    took.push(performance.now() - postedAt)
    // Events as they come, one at a time: after the page's last repaint, and in step with no rhythm of ours or the demo's.
    await pause(1_100 + ((trial * 137) % 1_100))
  }
  expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
  const sorted = took.sort((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.ceil(share * TRIALS) - 1] ?? Number.NaN)
  console.log(`event to chart over ${TRIALS} trials: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms`)
  expect(at(0.95)).toBeLessThanOrEqual(P95_MS_MAX)

  async function exactOf(): Promise<number> {
    return Number(await total.getAttribute('data-exact'))
  }
})

/** The README's first event, by the same program; returns the status. */
function post(input: { url: string; key: string; id: string }): string {
  const event = {
    specversion: '1.0',
    id: input.id,
    source: '/e2e',
    type: 'prompt',
    data: { tokens: TOKENS, model: 'm', type: 'input' },
  }
  const args = [
    ...['-s', '-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', `${input.url}/api/v1/events`],
    ...['-H', 'content-type: application/cloudevents+json', '-H', `authorization: Bearer ${input.key}`],
    ...['-d', JSON.stringify(event)],
  ]
  return execFileSync('curl', args, { encoding: 'utf8' })
}
