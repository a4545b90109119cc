import { hash } from 'node:crypto'
import { eventIdentity, type JournalPlace, readJournalBody, type UsageEvent } from '@meterbook/core/event'
import { type Instant, readJsonElements } from '@meterbook/core/kernel'
import { type RecordedState, readHistory } from '@meterbook/db/clickhouse'
import { type JournalBatch, type NamedApp, readShardReach, readWaiting, type ShardReach } from '@meterbook/db/postgres'
import type { EventSight, EventStores } from './event-sight.ts'
import { currentProjector } from './projector-at.ts'

/** How far we look into what waits: beyond it, the answer is that we do not know yet. */
const WAITING_BATCHES_MAX = 500
const WAITING_EVENTS_MAX = 100_000
const DEPTH_MAX = 1_000

export type FoundEvent =
  /** Worked on: every state it was in, the one in force last, and its repetitions. */
  | {
      kind: 'projected'
      app: NamedApp
      states: [RecordedState, ...RecordedState[]]
      repeats: RecordedState[]
      repeatCount: number
      reach: ShardReach
    }
  /** In the journal, and its turn has not come. */
  | {
      kind: 'taken'
      app: NamedApp
      place: JournalPlace
      receivedAt: Instant
      event: UsageEvent
      text: string
      reach: ShardReach
    }
  /** Too much waits to say that it is not among it. */
  | { kind: 'unknown'; batches: bigint }
  /** Several apps have an event of this source and id. */
  | { kind: 'several'; apps: NamedApp[] }

/** The event of this source and id that the sight shows; null if there is none, which is the same as one out of sight. */
export async function findEvent(
  stores: EventStores,
  input: { sight: EventSight; source: string; id: string },
): Promise<FoundEvent | null> {
  const projected = await findProjected(stores, input)
  if (projected !== null) return projected
  const waiting = await findWaiting(stores, input)
  // Between the two looks it may have been worked on.
  return waiting === null ? findProjected(stores, input) : ((await findProjected(stores, input)) ?? waiting)
}

async function findProjected(
  stores: EventStores,
  { sight, source, id }: { sight: EventSight; source: string; id: string },
): Promise<FoundEvent | null> {
  const { states, repeats, repeatCount } = await readHistory(stores.clickhouse, {
    appIds: sight.isWhole ? null : sight.apps.map((app) => app.id),
    environments: sight.environments,
    identities: sight.apps.map((app) => eventIdentity({ app: app.id, source, id }, sha256)),
  })
  const inSight = sight.apps.filter((app) => isInSight(sight, presentState(states, app)))
  if (inSight.length > 1) return { kind: 'several', apps: inSight }
  const [app] = inSight
  if (app === undefined) return null
  const [first, ...more] = states.filter(({ appId }) => appId === app.id)
  if (first === undefined) return null
  const reach = await readShardReach(stores.pool, app.shard)
  // Its group is being written: what is there may be a part of it.
  if (first.batch > reach.projected) return null
  return { kind: 'projected', app, states: [first, ...more], repeats, repeatCount, reach }
}

function presentState(states: readonly RecordedState[], app: NamedApp): RecordedState | undefined {
  return states.findLast(({ appId }) => appId === app.id)
}

/** Whoever sees a space sees what is its own now: what was re-attributed to another is the other's. */
function isInSight(sight: EventSight, state: RecordedState | undefined): boolean {
  return state !== undefined && (sight.spaceId === null || state.spaceId === sight.spaceId)
}

async function findWaiting(
  stores: EventStores,
  { sight, source, id }: { sight: EventSight; source: string; id: string },
): Promise<FoundEvent | null> {
  let events = 0
  let unknown = 0n
  for (const shard of new Set(sight.apps.map((app) => app.shard))) {
    const apps = new Map(sight.apps.filter((app) => app.shard === shard).map((app) => [app.id, app]))
    const reach = await readShardReach(stores.pool, shard)
    const rows = readWaiting(stores.pool, {
      shard,
      appIds: [...apps.keys()],
      after: reach.projected,
      limit: WAITING_BATCHES_MAX + 1,
    })
    let batches = 0
    for await (const row of rows) {
      events += row.eventCount
      batches++
      if (events > WAITING_EVENTS_MAX || batches > WAITING_BATCHES_MAX) {
        unknown += reach.journaled - reach.projected
        break
      }
      const app = apps.get(row.appId)
      const found = app === undefined ? null : eventIn(row, { source, id })
      if (
        app === undefined ||
        found === null ||
        !(await isWaitingInSight(stores, { sight, app, row, event: found.event }))
      )
        continue
      return {
        kind: 'taken',
        app,
        place: { batch: row.number, pos: found.pos },
        receivedAt: row.receivedAt,
        ...found,
        reach,
      }
    }
  }
  return unknown > 0n ? { kind: 'unknown', batches: unknown } : null
}

/** The first of that source and id in a journal row. */
function eventIn(
  row: JournalBatch,
  { source, id }: { source: string; id: string },
): { event: UsageEvent; text: string; pos: number } | null {
  const events = readJournalBody(row.body)
  const pos = events.findIndex((event) => event.id === id && event.source === source)
  const event = events[pos]
  if (event === undefined) return null
  const elements = readJsonElements({ text: row.body, spread: true, depthMax: DEPTH_MAX })
  const element = elements.ok ? elements.elements[pos] : undefined
  return { event, pos, text: element === undefined ? '' : row.body.slice(element.start, element.end) }
}

/** It is attributed to nobody yet: whoever sees one space sees it if it is going to be that space's. */
async function isWaitingInSight(
  { pool }: EventStores,
  input: { sight: EventSight; app: NamedApp; row: JournalBatch; event: UsageEvent },
): Promise<boolean> {
  const { sight, app, row, event } = input
  if (sight.environments !== null && !sight.environments.includes(event.environment)) return false
  if (sight.spaceId === null) return true
  const { catalogue } = await currentProjector(pool)
  return catalogue.ownershipOf(app.id, event.time ?? row.receivedAt)?.spaceId === sight.spaceId
}

/** The platform's own SHA-256: the same digits as core's, some twenty times faster. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}
