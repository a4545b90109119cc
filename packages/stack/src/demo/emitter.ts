// The demo's emitter, a process of its own: stands in for six apps and sends what they use through the public route.
// Takes METERBOOK_HOME (demo.json is there) and METERBOOK_URL (else the one in demo.json). Says how far it is on stdout.
import { randomUUID } from 'node:crypto'
import { homeFrom } from '../home.ts'
import { readCredentials } from './credentials.ts'
import { DoorRefusal } from './door.ts'
import { emit } from './emit.ts'

const log = (line: string) => console.log(line)
const home = homeFrom(process.env)
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

const credentials = readCredentials(home)
if (!credentials) {
  console.error('demo: there is no demo.json in the home: a demo start writes it')
  process.exitCode = 1
} else {
  try {
    const url = process.env.METERBOOK_URL ?? credentials.url
    await emit({ url, home, apps: credentials.apps, now: Date.now, seed: randomUUID(), signal: stop.signal, log })
  } catch (error) {
    if (!(error instanceof DoorRefusal)) throw error
    console.error(`demo: ${error.message}`)
    process.exitCode = 1
  }
}
