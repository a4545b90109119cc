// `npm run ux`: measures the pages as people get them, in a real browser, and prints a table of what was asked and what was found.
// Starts a system of its own with its demo; `--url <url> --demo <file>` measures one that runs, and sends nothing to it. `--quick`: fewer
// clicks, two widths. `--only pages,clicks,live,keyboard,lighthouse`: a part of it. `--pictures <folder>`: takes a picture of every page instead.
// Not measured here: what needs millions of events.
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { findChromium } from '../../scripts/chromium.ts'
import { type Demo, startSystem } from '../started-system.ts'
import { lookAtPages, type Visitor } from './look-at-pages.ts'
import { measureClicks } from './measure-clicks.ts'
import { measureLive } from './measure-live.ts'
import { findPlaces, type Place, pagesWithoutPlace, type Sessions } from './places.ts'
import { runLighthouse } from './run-lighthouse.ts'
import { signIn } from './sign-in.ts'
import { takePictures } from './take-pictures.ts'
import { walkByKeyboard } from './walk-by-keyboard.ts'

const JS_KB_MAX = 190
const CLICK_MS_MAX = 100
const NUMBERS_MS_MAX = 300
const LIVE_MS_MAX = 1_000
const JOURNEYS_MIN = 12
const LIGHTHOUSE_MIN = 95
const LIGHTHOUSE_RUNS = 3

type Part = 'pages' | 'clicks' | 'live' | 'keyboard' | 'lighthouse'
type Row = { what: string; target: string; found: string; isMet: boolean }
type Asked = Visitor & { demo: Demo; places: readonly Place[] }

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    demo: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    pictures: { type: 'string' },
  },
})
const parts = new Set(
  values.only?.split(',') ?? ['pages', 'clicks', ...(values.url ? [] : ['live']), 'keyboard', 'lighthouse'],
)
const isAsked = (part: Part) => parts.has(part)
const system = values.url
  ? { url: values.url, demo: JSON.parse(fs.readFileSync(values.demo ?? '', 'utf8')) as Demo, stop: async () => 0 }
  : await startSystem({ env: { METERBOOK_FIXTURES: '1' } })
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
try {
  const { url, demo } = system
  const sessions: Sessions = {
    developer: await signIn({ browser, url, person: demo.signIn }),
    admin: await signIn({ browser, url, person: demo.admin }),
    nobody: undefined,
  }
  const places = await findPlaces({ browser, url, sessions, demo })
  const asked = { browser, url, sessions, demo, places, isQuick: values.quick }
  if (values.pictures !== undefined) {
    const faults = await takePictures({ ...asked, folder: values.pictures })
    for (const fault of faults) console.log(fault)
    process.exitCode = faults.length === 0 ? 0 : 1
  } else {
    const rows = [
      ...(isAsked('pages') ? await pageRows(asked) : []),
      ...(isAsked('clicks') ? await clickRows(asked) : []),
      ...(isAsked('live') ? await liveRows(asked) : []),
      ...(isAsked('keyboard') ? await keyboardRows(asked) : []),
      ...(isAsked('lighthouse') ? lighthouseRows(asked) : []),
    ]
    console.log('')
    for (const { what, target, found, isMet } of rows)
      console.log(`${isMet ? 'met   ' : 'MISSED'}  ${what.padEnd(68)} ${target.padStart(9)}  ${found}`)
    process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1
  }
} finally {
  await browser.close()
  await system.stop()
}

async function pageRows(asked: Asked): Promise<Row[]> {
  const looked = await lookAtPages(asked)
  const { findings, sideways, small, errors, offOrigin, pages } = looked
  const missing = pagesWithoutPlace(asked.places)
  for (const { path, scriptBytes } of pages) console.log(`${(scriptBytes / 1000).toFixed(1).padStart(7)} KB  ${path}`)
  const heaviest = pages.toSorted((a, b) => b.scriptBytes - a.scriptBytes)[0]
  const kilobytes = (heaviest?.scriptBytes ?? 0) / 1000
  return [
    none('pages that are not looked at', missing),
    none(`axe findings, ${asked.places.length} pages, ${looked.looks} looks`, findings),
    none('looks in which the page scrolls sideways', sideways),
    none('targets under 24 × 24 px at 360 px', small),
    none('errors in the console', errors),
    none('requests off the origin', offOrigin),
    {
      what: `initial JavaScript, heaviest page (${heaviest?.path})`,
      target: `≤ ${JS_KB_MAX} KB`,
      found: `${kilobytes.toFixed(1)} KB`,
      isMet: kilobytes <= JS_KB_MAX,
    },
  ]
}

async function clickRows(asked: Asked): Promise<Row[]> {
  const base = `/s/${asked.demo.space.slug}`
  const usage = await measureClicks({
    ...asked,
    path: `${base}/usage`,
    groups: ['Bucket', 'Usage counted', 'View', 'Range'],
  })
  const cost = await measureClicks({ ...asked, path: `${base}/cost`, groups: ['Bucket', 'View', 'Range'] })
  return [
    within('filter click to next paint', CLICK_MS_MAX, [...usage.paints, ...cost.paints]),
    within('filter click to new numbers, usage', NUMBERS_MS_MAX, usage.numbers),
    within('filter click to new numbers, cost', NUMBERS_MS_MAX, cost.numbers),
  ]
}

async function liveRows(asked: Asked): Promise<Row[]> {
  return [within('event sent to its figure on an open page', LIVE_MS_MAX, await measureLive(asked))]
}

async function keyboardRows(asked: Asked): Promise<Row[]> {
  const { journeys, done, faults } = await walkByKeyboard(asked)
  for (const fault of faults) console.log(`  ${fault}`)
  return [
    {
      what: 'journeys by keyboard alone, of those walked',
      target: `≥ ${JOURNEYS_MIN}`,
      found: `${done} of ${journeys}, ${faults.length} faults`,
      isMet: done === journeys && done >= JOURNEYS_MIN && faults.length === 0,
    },
  ]
}

function lighthouseRows({ url, sessions, demo, places, isQuick }: Asked): Row[] {
  const base = `/s/${demo.space.slug}`
  const statement = places.find(({ path }) => /\/statements\/./.test(path))?.path ?? `${base}/statements`
  const judged = runLighthouse({
    ...{ url, sessions, runs: isQuick ? 1 : LIGHTHOUSE_RUNS },
    places: [
      ...[base, `${base}/usage`, `${base}/cost`, statement].map((path) => ({ path, as: 'developer' as const })),
      ...['/docs', '/sign-in'].map((path) => ({ path, as: 'nobody' as const })),
    ],
  })
  if (judged === null)
    return [{ what: 'Lighthouse', target: `≥ ${LIGHTHOUSE_MIN}`, found: 'not installed', isMet: true }]
  return judged.map(({ path, scores, faults }) => {
    for (const fault of faults) console.log(`  ${path} ${fault}`)
    const found = Object.values(scores)
    return {
      what: `Lighthouse desktop, ${path}`,
      target: `≥ ${LIGHTHOUSE_MIN}`,
      found: found.join(' / ') || 'did not end',
      isMet: found.length > 0 && Math.min(...found) >= LIGHTHOUSE_MIN,
    }
  })
}

function none(what: string, found: readonly string[]): Row {
  for (const line of new Set(found)) console.log(`  ${what}: ${line}`)
  return { what, target: '0', found: String(found.length), isMet: found.length === 0 }
}

/** Of milliseconds: nothing measured is not met. */
function within(what: string, most: number, took: readonly number[]): Row {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (fraction: number) => sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0
  return {
    what: `${what}, p95 of ${took.length}`,
    target: `≤ ${most} ms`,
    found: `${at(0.95)} ms (p50 ${at(0.5)}, most ${at(1)})`,
    isMet: took.length > 0 && at(0.95) <= most,
  }
}
