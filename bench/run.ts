// `npm run bench`: what the machine can do and what we make of it, each figure beside its limit in the same run. One table at the end.
import { parseArgs } from 'node:util'
import { measureEndToEnd } from './end-to-end.ts'
import { openBenchSystem } from './system.ts'
import { printTable } from './table.ts'

const USAGE = `npm run bench [-- --events N] [-- --runs N]

  --events N   events sent in each run (default 300000)
  --runs N     runs; the median is printed with all of them (default 3)
  --help       this text

Starts real servers in a temporary folder, the web process and one worker; removes everything at the end.`

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300000' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}
const system = await openBenchSystem()
try {
  printTable(await measureEndToEnd(system, { events: countOf('events'), runs: countOf('runs') }))
} finally {
  await system.close()
}
process.exit(0)

function countOf(name: 'events' | 'runs'): number {
  const count = Number(values[name])
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new Error(`expected --${name} to be a positive whole number, found ${values[name]}`)
}
