// `npm run torture [-- --kills N] [--seed S] [--seconds N] [--rate N] [--keep]`: one line of progress at a time, a closing report, and exit code 0
// only if everything holds.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildPortal } from '@meterbook/stack/portal-build'
import { planBlows } from './blows.ts'
import { reportLines } from './report.ts'
import { torture } from './torture.ts'

const KILLS = 200
const SENDERS = 6
const EVENTS_PER_SECOND = 600
const BUILD_MS_MAX = 300_000
const HELP = `npm run torture [-- --kills N] [--seed S] [--seconds N] [--rate N] [--keep]

  --kills N    processes to kill, at named steps first, then at random (default ${KILLS})
  --seed S     what is sent, killed and when follows from it (default meterbook)
  --seconds N  goes on at least this long
  --rate N     events a second (default ${EVENTS_PER_SECOND})
  --keep       leaves the data folder in place and says where it is
  --help       this text

Starts real servers in a temporary folder. Exit code 0 only if every acknowledged event is in exactly one place and all totals equal the truth.`

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: String(KILLS) },
    seed: { type: 'string', default: 'meterbook' },
    seconds: { type: 'string', default: '0' },
    rate: { type: 'string', default: String(EVENTS_PER_SECOND) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const kills = wholeNumber('kills', values.kills)
const secondsMin = wholeNumber('seconds', values.seconds)

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-torture-build-'))
try {
  await buildPortal({ home: scratch, log: console.log, signal: AbortSignal.timeout(BUILD_MS_MAX) })
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}
const began = performance.now()
const report = await torture({
  seed: values.seed,
  blows: planBlows({ kills, seed: values.seed }),
  killsMin: kills,
  secondsMin,
  senders: SENDERS,
  eventsPerSecond: wholeNumber('rate', values.rate),
  isThorough: true,
  isKept: values.keep,
  log: console.log,
})
for (const line of reportLines(report)) console.log(line)
console.log(
  `seed ${values.seed}, ${Math.round((performance.now() - began) / 1_000)} s${values.keep ? `, kept in ${report.home}` : ''}`,
)
const isRight = report.findings.count === 0 && report.kills >= kills
console.log(isRight ? 'everything holds' : 'NOT everything holds')
process.exit(isRight ? 0 : 1)

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  console.error(`--${name}: expected a whole number, found ${text}`)
  process.exit(2)
}
