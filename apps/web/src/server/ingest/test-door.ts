import { type KeyHolder, readEvents } from '@meterbook/core/event'
import type { Problem } from '../http/problem.ts'
import type { IngestDependencies } from './dependencies.ts'
import { Refusal, refuseBody, refuseForNow } from './refusal.ts'
import { takeEvents } from './take-events.ts'

/** What became of one event at the door. */
export type DoorAnswer = { ok: true; shard: number; number: string } | { ok: false; problem: Problem }

export type TestDoor = (input: { text: string; key: KeyHolder }) => Promise<DoorAnswer>

const KEY = Symbol.for('meterbook.web.test-door')

/**
 * Lets the portal's pages, which are bundled apart from the server, send one event by the way of all events: the same reading, scope, quota,
 * admission and journal, without a socket and without a secret. What is refused is a value: an error's class is another in each bundle.
 */
export function openTestDoor(deps: IngestDependencies): void {
  const shared = globalThis as { [KEY]?: TestDoor }
  shared[KEY] = async ({ text, key }) => {
    try {
      const admission = deps.admit(key)
      if (!admission.ok) throw refuseForNow(admission)
      const events = readEvents('structured', text)
      if (!events.ok)
        throw refuseBody(400, events.code, events.code === 'count' ? 'expected one event' : events.message)
      const { positions } = await takeEvents(deps, { events, key })
      const [position] = positions
      if (position === undefined) throw new Error('expected a position in the journal for one event, found none')
      return { ok: true, shard: position.shard, number: position.number.toString() }
    } catch (error) {
      if (error instanceof Refusal) return { ok: false, problem: error.problem }
      throw error
    }
  }
}

/** Null in a process that takes no events. */
export function testDoor(): TestDoor | null {
  return (globalThis as { [KEY]?: TestDoor })[KEY] ?? null
}
