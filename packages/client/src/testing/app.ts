// An app for the tests that end processes: sends numbered events, as fast as it is told, and says how far it came.
// Environment: URL, KEY, SPILL (a folder, or none), FROM and TO (numbers), PER_SECOND, SUBJECT.
import { setTimeout as pause } from 'node:timers/promises'
import { createMeterbook } from '@meterbook/client'
import { fileSpill, flushOnExit } from '@meterbook/client/node'

const TICK_MS = 10
const { URL: url = '', KEY: key = '', SPILL, FROM, TO, PER_SECOND, SUBJECT: subject = '' } = process.env
const perTick = Math.max(1, Math.round((Number(PER_SECOND) * TICK_MS) / 1000))
const told = { lost: 0, problems: 0 }

const meterbook = createMeterbook<{ request: { method: string; route: string } }>({
  url,
  key,
  source: '/client-test',
  batch: { events: 100, ageMs: 50 },
  retry: { firstMs: 50, mostMs: 500 },
  onLost: (lost) => {
    told.lost += lost.length
  },
  onProblem: () => {
    told.problems += 1
  },
  ...(SPILL && { spill: fileSpill({ directory: SPILL }) }),
})
flushOnExit(meterbook, { withinMs: 60_000 })

for (let number = Number(FROM); number < Number(TO); number += 1) {
  const id = `${subject}-${number}`
  if (meterbook.send('request', { method: 'GET', route: '/' }, { id, subject }) === null) break
  if ((number + 1) % perTick !== 0) continue
  say({ kept: number + 1 })
  await pause(TICK_MS)
}
const { left } = await meterbook.close(60_000)
say({ ended: true, left, ...told })

function say(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
