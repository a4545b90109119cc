import fs from 'node:fs'
import path from 'node:path'
import { codeVersion } from '@meterbook/db/code-version'
import { type Command, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { CHECKOUT, homeOf } from '../store-urls.ts'

const LAG_SECONDS_DEFAULT = 60
const SIGN = { well: 'ok     ', wrong: 'WRONG  ', unknown: '?      ' } as const

export const doctor: Command = {
  name: 'doctor',
  summary: 'look at stores, disks, clocks, schema, workers, lag, versions and secrets, and say what to do',
  help: `npm run meterbook -- doctor [--lag-max SECONDS] [--json]

Asks each store, compares its clock with this machine's, looks for room on its disk, for every migration and index of this code, for a worker on each
shard, for what waits, for differences that are open, for processes that run other code, and for files with secrets that others can read. For
each thing that is wrong it says what to do. It changes nothing.

  --lag-max SECONDS  what may wait to be counted, and how long (default: ${LAG_SECONDS_DEFAULT})
  --json             one JSON object
  --help             these lines

Exit: 0 all is well, 1 something is wrong, 2 it could not look at everything.`,
  options: { 'lag-max': { type: 'string' } },
  async run({ stores, print, isJson }, values) {
    const lagMsMax = readSeconds(values['lag-max']) * 1000
    const home = homeOf(process.env)
    const findings = await examine({
      ...stores(),
      home,
      isHomeUsed: fs.existsSync(path.join(home, 'services.json')),
      checkout: CHECKOUT,
      version: codeVersion(process.env),
      lagMsMax,
    })
    const code = exitOf(findings)
    if (isJson) print(JSON.stringify({ ok: code === EXIT.well, findings }))
    else for (const line of findings.flatMap(inWords)) print(line)
    return code
  },
}

function readSeconds(value: unknown): number {
  const seconds = Number(value ?? LAG_SECONDS_DEFAULT)
  if (seconds > 0 && Number.isFinite(seconds)) return seconds
  throw new UsageFault(`expected a number of seconds after --lag-max, found ${JSON.stringify(value)}`)
}

function inWords({ name, state, found, advice }: Finding): string[] {
  return [`${SIGN[state]}${name}: ${found}`, ...(advice === '' ? [] : [`${' '.repeat(SIGN.well.length)}→ ${advice}`])]
}

function exitOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ state }) => state === 'wrong')) return EXIT.wrong
  return findings.some(({ state }) => state === 'unknown') ? EXIT.failed : EXIT.well
}
