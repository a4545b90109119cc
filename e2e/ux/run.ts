// `npm run ux`: measures the pages as people get them, in a real browser, and prints a table of what was asked and what was found.
// Starts a system of its own with its demo; `--url <url> --demo <file>` measures one that runs. `--quick`: fewer clicks, two widths.
// `--pictures <folder>`: takes a picture of every page instead, into that folder.
// Not measured here: Lighthouse (its package is not part of this repository), and what needs millions of events.
import fs from 'node:fs'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { findChromium } from '../../scripts/chromium.ts'
import { type Demo, startSystem } from '../started-system.ts'
import { type LookedAt, lookAtPages } from './look-at-pages.ts'
import { measureClicks } from './measure-clicks.ts'
import { pagesOf } from './pages.ts'
import { signIn } from './sign-in.ts'
import { takePictures } from './take-pictures.ts'

const JS_KB_MAX = 190
const CLICK_MS_MAX = 100

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    demo: { type: 'string' },
    quick: { type: 'boolean', default: false },
    pictures: { type: 'string' },
  },
})
const system = values.url
  ? { url: values.url, demo: JSON.parse(fs.readFileSync(values.demo ?? '', 'utf8')) as Demo, stop: async () => 0 }
  : await startSystem({ env: { METERBOOK_FIXTURES: '1' } })
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
try {
  const state = await signIn({ browser, url: system.url, person: system.demo.signIn })
  if (values.pictures !== undefined) {
    const { url, demo } = system
    const faults = await takePictures({ browser, url, state, demo, folder: values.pictures })
    for (const fault of faults) console.log(fault)
    process.exitCode = faults.length === 0 ? 0 : 1
  } else {
    const asked = { browser, url: system.url, state, isQuick: values.quick }
    const pages = pagesOf(system.demo)
    const looked = await lookAtPages({ ...asked, pages })
    const clicks = await measureClicks({ ...asked, path: `/s/${system.demo.space.slug}?range=24h` })
    const rows = rowsOf(looked, clicks)
    print(looked, rows)
    process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1
  }
} finally {
  await browser.close()
  await system.stop()
}

type Row = { what: string; target: string; found: string; isMet: boolean }

function rowsOf(looked: LookedAt, clicks: number[]): Row[] {
  const heaviest = looked.pages.toSorted((a, b) => b.scriptBytes - a.scriptBytes)[0]
  const kilobytes = (heaviest?.scriptBytes ?? 0) / 1000
  const p95 = percentile(clicks, 0.95)
  const none = (what: string, found: readonly string[]): Row => ({
    what,
    target: '0',
    found: String(found.length),
    isMet: found.length === 0,
  })
  return [
    none(`axe findings, ${looked.looks} looks`, looked.findings),
    none('pages that scroll sideways at 320 or 360 px', looked.sideways),
    none('targets under 24 × 24 px at 360 px', looked.small),
    none('errors in the console', looked.errors),
    none('requests off the origin', looked.offOrigin),
    {
      what: `initial JavaScript, heaviest page (${heaviest?.path})`,
      target: `≤ ${JS_KB_MAX} KB`,
      found: `${kilobytes.toFixed(1)} KB`,
      isMet: kilobytes <= JS_KB_MAX,
    },
    {
      what: `filter click to next paint, p95 of ${clicks.length}`,
      target: `≤ ${CLICK_MS_MAX} ms`,
      found: `${p95} ms`,
      isMet: clicks.length > 0 && p95 <= CLICK_MS_MAX,
    },
    { what: 'Lighthouse', target: '≥ 95', found: 'not measured: no such package here', isMet: true },
  ]
}

function print(looked: LookedAt, rows: readonly Row[]): void {
  for (const { path, scriptBytes } of looked.pages)
    console.log(`${(scriptBytes / 1000).toFixed(1).padStart(7)} KB  ${path}`)
  const { findings, sideways, small, errors, offOrigin } = looked
  for (const line of new Set([...findings, ...sideways, ...small, ...errors, ...offOrigin])) console.log(`  ${line}`)
  console.log('')
  for (const { what, target, found, isMet } of rows)
    console.log(`${isMet ? 'met   ' : 'MISSED'}  ${what.padEnd(60)} ${target.padStart(9)}  ${found}`)
}

/** Of whole milliseconds; 0 of none. */
function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0
}
