// `npm test`: every test there is, unit to browser, and one line at the end that counts them.
// The checks come first: what does not compile or breaks an arrow is not worth testing. With arguments, only vitest, with them.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { buildPortal } from '@meterbook/stack/portal-build'
import { findChromium } from './chromium.ts'
import { runStep } from './step.ts'

const VITEST = 'node_modules/vitest/vitest.mjs'
const PLAYWRIGHT = 'node_modules/@playwright/test/cli.js'

interface Count {
  passed: number
  failed: number
}

const [...filters] = process.argv.slice(2)
if (filters.length > 0) process.exit((await runStep({ module: VITEST, args: ['run', ...filters] })).code)

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-run-'))
const counts: Count[] = []
try {
  counts.push(oneTest(await runStep({ module: 'scripts/check.ts' })))
  await buildPortal({ home: scratch, log: console.log, signal: AbortSignal.timeout(300_000) })
  counts.push(await runVitest(), await runPlaywright(findChromium()))
} catch (error) {
  console.error(error)
  counts.push({ passed: 0, failed: 1 })
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`tests: ${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

/** A step that is one test by itself. */
function oneTest({ code }: { code: number }): Count {
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function runVitest(): Promise<Count> {
  const report = path.join(scratch, 'vitest.json')
  const { code } = await runStep({
    module: VITEST,
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  })
  const found = readReport<{ numPassedTests: number; numFailedTests: number }>(report)
  const failed = found?.numFailedTests ?? 0
  // A file that does not load fails no single test, but it fails the run.
  return { passed: found?.numPassedTests ?? 0, failed: code === 0 && found ? failed : Math.max(1, failed) }
}

async function runPlaywright(browser: string): Promise<Count> {
  const report = path.join(scratch, 'playwright.json')
  const env = { CHROMIUM_PATH: browser, PLAYWRIGHT_JSON_OUTPUT_NAME: report }
  const { code } = await runStep({ module: PLAYWRIGHT, args: ['test', '--reporter=list,json'], env })
  const stats = readReport<{ stats: { expected: number; unexpected: number; flaky: number } }>(report)?.stats
  const failed = (stats?.unexpected ?? 0) + (stats?.flaky ?? 0)
  return { passed: stats?.expected ?? 0, failed: code === 0 && stats ? failed : Math.max(1, failed) }
}

function readReport<Report>(file: string): Report | null {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Report) : null
}
