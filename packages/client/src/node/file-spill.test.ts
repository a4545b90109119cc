import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMeterbook, type Lost } from '../index.ts'
import type { KeptEvent, Spill } from '../spill.ts'
import { startAnsweringServer } from '../testing/answering-server.ts'
import { fileSpill } from './index.ts'

let directory: string
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-spill-'))
})
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }))

const event = (spill: Spill, id: string): KeptEvent => ({
  number: spill.nextNumber(),
  id,
  text: JSON.stringify({ specversion: '1.0', id, source: 's', type: 't' }),
})

/** A folder as a process that is gone leaves it. */
function abandon(name = 'abandoned'): void {
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const [folder] = fs.readdirSync(directory)
  fs.cpSync(path.join(directory, folder!), path.join(directory, `${dead}-${'0'.repeat(7)}${name.length % 10}`), {
    recursive: true,
  })
}

function open(): { spill: Spill; taken: number } {
  const spill = fileSpill({ directory })
  return { spill, taken: spill.takeOver() }
}

test('the next start finds exactly what was not settled, a line that was torn left out', () => {
  const { spill } = open()
  const events = ['a', 'b', 'c'].map((id) => event(spill, id))
  for (const each of events) spill.append(each, true)
  spill.settle([events[1]!.number])
  abandon()
  spill.settle(events.map(({ number }) => number))
  spill.close()
  const [left] = fs.readdirSync(directory)
  fs.appendFileSync(path.join(directory, left!, '1.log'), '9 {"id":"to')

  const next = open()
  expect([next.taken, next.spill.unread()]).toEqual([2, 2])
  expect(next.spill.read(1_000_000).map(({ id }) => id)).toEqual(['a', 'c'])
  expect(next.spill.unread()).toBe(0)
  next.spill.close()
})

test('a folder whose process lives is left alone, and one of this process too', () => {
  const first = open()
  first.spill.append(event(first.spill, 'a'), true)
  const second = open()
  expect(second.taken).toBe(0)
  second.spill.close()
  expect(fs.readdirSync(directory).length).toBe(1)
  first.spill.close()
})

test('files are private to their owner, and gone when all of them is settled', () => {
  const { spill } = open()
  const one = event(spill, 'a')
  spill.append(one, true)
  const [folder] = fs.readdirSync(directory)
  const file = path.join(directory, folder!, '1.log')
  expect([fs.statSync(file).mode & 0o777, fs.statSync(path.dirname(file)).mode & 0o777]).toEqual([0o600, 0o700])
  spill.settle([one.number])
  expect(fs.existsSync(file)).toBe(false)
  spill.close()
  expect(fs.readdirSync(directory)).toEqual([])
})

test('an outage longer than the memory goes on on disk, over many files, and arrives whole and in order', async () => {
  const count = 12_000
  let isUp = false
  const server = await startAnsweringServer(() => ({ status: isUp ? 204 : 503 }))
  const lost: Lost[] = []
  const client = createMeterbook({
    url: server.url,
    key: 'k',
    source: 's',
    spill: fileSpill({ directory }),
    buffer: { events: 50 },
    batch: { events: 500, ageMs: 1 },
    retry: { firstMs: 1, mostMs: 5 },
    onLost: (some) => lost.push(...some),
  })
  const pad = 'x'.repeat(1_000)
  for (let number = 0; number < count; number += 1) client.send('t', { pad }, { id: String(number) })
  expect(client.waiting).toBe(count)
  isUp = true
  expect(await client.flush(60_000)).toEqual({ settled: count, left: 0 })
  const taken = server.asked.slice(-Math.ceil(count / 100)).flatMap(({ events }) => events.map(({ id }) => Number(id)))
  expect(new Set(taken).size).toBe(count)
  expect(lost).toEqual([])
  await client.close()
  await server.close()
  expect(fs.readdirSync(directory)).toEqual([])
})

test('a disk with no more room costs durability first and events last, each of them named', async () => {
  const server = await startAnsweringServer(() => ({ status: 503 }))
  const lost: Lost[] = []
  const client = createMeterbook({
    url: server.url,
    key: 'k',
    source: 's',
    spill: fileSpill({ directory, bytesMax: 2_000 }),
    buffer: { events: 3 },
    batch: { ageMs: 60_000 },
    onLost: (some) => lost.push(...some),
  })
  const ids = Array.from({ length: 40 }, (_, number) => String(number))
  const kept = ids.filter((id) => client.send('t', {}, { id }) !== null)
  await expect.poll(() => lost.map(({ id }) => id)).toEqual(ids.filter((id) => !kept.includes(id)))
  expect(kept.length).toBe(client.waiting)
  expect(kept.length).toBeGreaterThan(3)
  expect(lost.length).toBeGreaterThan(0)
  await client.close(1)
  await server.close()
})
