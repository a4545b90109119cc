import { randomUUID } from 'node:crypto'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

export interface Place {
  app: string
  batch: string
  pos: number
}

/** Something held in every app, people with every role, and the places of some of the events. Fixture of tests only. */
export interface HeldTestDatabase extends CallerTestDatabase {
  platform: Caller
  admin: Caller
  /** Of the app `one`. */
  developer: Caller
  viewer: Caller
  places: Record<'one' | 'two' | 'far' | 'stray' | 'conflict', Place>
}

export async function createHeldTestDatabase(): Promise<HeldTestDatabase> {
  const database = await createCallerTestDatabase()
  const { callerOf, taken } = database
  const [one] = await taken(
    'one',
    prompt('h1', { tokens: 'many' }),
    prompt('good', { tokens: 1 }),
    prompt('h2', {}, { time: '2026-07-02T12:00:00Z', subject: "O'Neil <b>%_\\" }),
    prompt('h3', {}),
  )
  const [conflict] = await taken('one', prompt('good', { tokens: 2 }))
  const [two] = await taken('two', prompt('h4', null))
  const [far] = await taken('far', prompt('h5', null))
  const [stray] = await taken(
    'stray',
    prompt('h6', { tokens: 10 }),
    prompt('h7', { tokens: '0.1' }),
    prompt('h8', { tokens: 1 }, { type: 'request' }),
  )
  return {
    ...database,
    platform: await callerOf({ isPlatformAdmin: true }),
    admin: await callerOf({ space: 'ours', role: 'admin' }),
    developer: await callerOf({ space: 'ours', role: 'developer', apps: ['one'] }),
    viewer: await callerOf({ space: 'ours', role: 'viewer' }),
    places: { one: one!, two: two!, far: far!, stray: stray!, conflict: conflict! },
  }
}

/** How much is held for each reason, as somebody is shown it. */
export async function reasonsOf(caller: Caller, input: Parameters<Caller['quarantine']['reasons']>[0]) {
  const { reasons } = await caller.quarantine.reasons(input)
  return Object.fromEntries(reasons.map(({ verdict, reason, events }) => [reason || verdict, events]))
}

export function fresh(): { id: string; reason: string } {
  return { id: randomUUID(), reason: 'because' }
}
