import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { findChromium } from '../../scripts/chromium.ts'
import type { Place, Sessions } from './places.ts'

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const
const RUN_MS_MAX = 180_000

export interface Judged {
  path: string
  /** 0 to 100, by category */
  scores: Record<string, number>
  /** what it would have otherwise */
  faults: string[]
}

/** Lighthouse, desktop, of each place; null where it is not installed. It is no part of this repository: one on the PATH is taken. */
export function runLighthouse(input: {
  url: string
  sessions: Sessions
  places: readonly Place[]
  runs: number
}): Judged[] | null {
  if (spawnSync('lighthouse', ['--version']).status !== 0) return null
  return input.places.map((place) => {
    const runs = Array.from({ length: input.runs }, () => judge(input, place))
    return runs.toSorted((a, b) => (a.scores.performance ?? 0) - (b.scores.performance ?? 0))[
      runs.length >> 1
    ] as Judged
  })
}

function judge({ url, sessions }: { url: string; sessions: Sessions }, { path: at, as }: Place): Judged {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-lighthouse-'))
  const report = path.join(folder, 'report.json')
  const headers = path.join(folder, 'headers.json')
  const cookies = (sessions[as]?.cookies ?? []).map(({ name, value }) => `${name}=${value}`)
  fs.writeFileSync(headers, JSON.stringify(cookies.length > 0 ? { Cookie: cookies.join('; ') } : {}), { mode: 0o600 })
  try {
    const args = [
      ...[url + at, '--preset=desktop', '--quiet', '--output=json'],
      ...[`--output-path=${report}`, `--extra-headers=${headers}`, `--only-categories=${CATEGORIES.join()}`],
      '--chrome-flags=--headless=new --no-sandbox --disable-gpu',
    ]
    const env = { ...process.env, CHROME_PATH: findChromium() }
    const { status, stderr } = spawnSync('lighthouse', args, { encoding: 'utf8', env, timeout: RUN_MS_MAX })
    if (status !== 0) return { path: at, scores: {}, faults: [`did not end: ${stderr.slice(-300)}`] }
    return read(at, JSON.parse(fs.readFileSync(report, 'utf8')) as Report)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

interface Report {
  categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>
  audits: Record<string, { score: number | null; title: string; displayValue?: string }>
}

function read(at: string, { categories, audits }: Report): Judged {
  const scores = Object.fromEntries(
    Object.entries(categories).map(([name, { score }]) => [name, Math.round((score ?? 0) * 100)]),
  )
  const weighed = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0))
  const faults = weighed.flatMap(({ id }) => {
    const audit = audits[id]
    if (!audit || audit.score === null || audit.score >= 0.9) return []
    return [`${id}: ${audit.title}${audit.displayValue ? ` (${audit.displayValue})` : ''}`]
  })
  return { path: at, scores, faults }
}
