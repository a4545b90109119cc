// `npm run bench`: what the machine can do and what we make of it, each figure beside its bar and its limit. One table at the end.
// Promises: real servers, the public route, the load generator on the same cores; nothing is left behind.
// Does not know: how anything is made fast.
import os from 'node:os'
import { parseArgs } from 'node:util'
import { measureBareInsert } from './bare-insert.ts'
import { measureLight } from './light.ts'
import { measureOverload } from './overload.ts'
import { measureRebuild } from './rebuild.ts'
import { measureSettle } from './settle.ts'
import { measureSingle } from './single.ts'
import { measureSustained } from './sustained.ts'
import { type BenchSystem, openBenchSystem } from './system.ts'
import { type BenchRow, printTable } from './table.ts'

const USAGE = `npm run bench [-- --only NAME[,NAME]] [--rate N] [--seconds N] [--stored N] [--shards N] [--door web|ingest] [--profile FOLDER]

  --only NAMES     some of: sustained, light, single, overload, bare, rebuild, settle (default: all, in this order)
  --rate N         events a second of the sustained load (default 40000)
  --seconds N      how long each load lasts (default 60)
  --stored N       identities stored beforehand (default 20000000)
  --shards N       lines of work that the apps are spread over (default 1)
  --door DOOR      web: the whole web process (default); ingest: the door as a process of its own, without the portal
  --profile FOLDER writes CPU profiles of the door and the worker there
  --help           this text

Starts real servers in a temporary folder, the door and one worker; removes everything at the end.`

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'sustained,light,single,overload,bare,rebuild,settle' },
    rate: { type: 'string', default: '40000' },
    seconds: { type: 'string', default: '60' },
    stored: { type: 'string', default: '20000000' },
    shards: { type: 'string', default: '1' },
    door: { type: 'string', default: 'web' },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const seconds = countOf('seconds')
const BENCHES: Record<string, (system: BenchSystem) => Promise<BenchRow[]>> = {
  sustained: (system) => measureSustained(system, { eventsPerSecond: countOf('rate'), seconds }),
  light: (system) => measureLight(system, { seconds }),
  single: (system) => measureSingle(system, { seconds: Math.min(seconds, 20) }),
  overload: (system) => measureOverload(system, { seconds: Math.min(seconds, 30) }),
  bare: measureBareInsert,
  rebuild: measureRebuild,
  settle: measureSettle,
}
const names = values.only.split(',')
for (const name of names)
  if (!BENCHES[name]) fail(`expected --only with some of ${Object.keys(BENCHES)}, found ${name}`)
const { door } = values
if (door !== 'web' && door !== 'ingest') fail(`expected --door web or ingest, found ${door}`)

// Others at work make every figure here worse: whoever reads them should know.
const [busy = 0] = os.loadavg()
console.log(`${os.availableParallelism()} cores, ${busy.toFixed(1)} at work on average in the last minute`)
const system = await openBenchSystem({
  door,
  storedIdentities: countOf('stored'),
  shardCount: countOf('shards'),
  profileDir: values.profile,
})
const rows: BenchRow[] = []
try {
  for (const name of names) {
    console.log(`${name} ...`)
    rows.push(...((await BENCHES[name]?.(system)) ?? []))
  }
} finally {
  await system.close()
  printTable(rows)
}
process.exit(0)

function countOf(name: 'rate' | 'seconds' | 'stored' | 'shards'): number {
  const count = Number(values[name])
  if (Number.isSafeInteger(count) && count >= 0) return count
  return fail(`expected --${name} to be a whole number, found ${values[name]}`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
