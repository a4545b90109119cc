import { setTimeout as pause } from 'node:timers/promises'
import { type Instant, instantFromMs } from '@meterbook/core/kernel'
import { billingPeriod, statementId } from '@meterbook/core/statement'
import type { Window } from '@meterbook/core/window'
import { type ClickHouseClient, countEvents, createClickHouse } from '@meterbook/db/clickhouse'
import { countHeldEvents } from '@meterbook/db/held-events'
import {
  type BilledSpace,
  type ClosingOutcome,
  closeStatement,
  createPool,
  findBilledSpace,
  findFirstBilledMonth,
  listClosedPeriods,
  listOwnedSpells,
  type Pool,
  readBilledMonths,
  readJournalExtents,
  readSettlementStand,
} from '@meterbook/db/postgres'
import type { DemoApp } from './credentials.ts'
import { progressFile } from './progress.ts'

const CONNECTIONS_MAX = 2
/** Between two looks at whether something has come about. */
const LOOK_MS = 3_000
/** Until a month that could not be closed is tried again. */
const RETRY_MS = 60_000
/** A month ends seldom, and is settled two days later. */
const DONE_MS = 3_600_000
/** The senders say every ten seconds how far they are; whoever is further behind is still sending the past. */
const BEHIND_MS_MAX = 60_000
const ACTOR = { id: 'demo', name: 'demo' }
const WAIVER = 'Sent by the demo itself, on purpose without a value, to show what quarantine is.'

export interface ClosingInput {
  databaseUrl: string
  clickhouseUrl: string
  home: string
  apps: readonly DemoApp[]
  /** milliseconds since 1970 */
  now: () => number
  signal: AbortSignal
  log: (line: string) => void
  /** For tests: every pause is as long, in milliseconds. */
  lookMs?: number
}

/**
 * Closes the past months of the demo's spaces that have usage, oldest first, until the signal stops it: each once all of the demo's past is sent and settled
 * and its checklist holds, of which only the demo's own mishaps are waived. What was closed stays closed, so a kill at any time loses nothing and repeats
 * nothing. Never rejects: a store that is away is waited for.
 */
export async function keepClosing(input: ClosingInput): Promise<void> {
  const { databaseUrl, clickhouseUrl, signal } = input
  const pool = createPool({ url: databaseUrl, connectionsMax: CONNECTIONS_MAX, name: 'meterbook-demo' })
  const clickhouse = createClickHouse(clickhouseUrl)
  const closer: Closer = { ...input, pool, clickhouse, told: new Set() }
  while (!signal.aborted) {
    try {
      await pauseFor(closer, await closeOnce(closer))
    } catch (error) {
      // The words of a store may quote what it holds: of those only the code.
      const { name, code, type } = error as { name?: string; code?: unknown; type?: unknown }
      tellOnce(closer, `the demo's months are not closed yet: ${code ?? type ?? name}`)
      await pauseFor(closer, LOOK_MS)
    }
  }
  await Promise.allSettled([pool.end(), clickhouse.close()])
}

interface Closer extends ClosingInput {
  pool: Pool
  clickhouse: ClickHouseClient
  /** Why months could not be closed: said once. */
  told: Set<string>
}

/** How long to wait before the next time, in milliseconds. */
async function closeOnce(closer: Closer): Promise<number> {
  // What was taken after this moment is of the present: the past is at or before these numbers of the journal.
  if (!isSent(closer)) return LOOK_MS
  const heads = await readJournalExtents(closer.pool)
  for (const { shard, through } of heads) {
    while (!(await isSettled(closer, { shard, through }))) {
      await pauseFor(closer, LOOK_MS)
      if (closer.signal.aborted) return 0
    }
  }
  let isDone = true
  for (const slug of new Set(closer.apps.map(({ space }) => space))) {
    const space = await findBilledSpace(closer.pool, slug)
    if (space !== null) isDone = (await closeSpace(closer, space)) && isDone
  }
  return isDone ? DONE_MS : RETRY_MS
}

function isSent({ home, apps, now }: Closer): boolean {
  const throughMs = progressFile({ home, appIds: apps.map(({ id }) => id) }).read()
  return throughMs !== undefined && throughMs > now() - BEHIND_MS_MAX
}

async function isSettled({ pool }: Closer, { shard, through }: { shard: number; through: bigint }): Promise<boolean> {
  if (through === 0n) return true
  const stand = await readSettlementStand(pool, shard)
  return stand !== null && stand.settled.through >= through
}

/** False if a month is left that could not be closed: those after it wait for it. */
async function closeSpace(closer: Closer, space: BilledSpace): Promise<boolean> {
  const { pool, clickhouse, now, signal } = closer
  const asOf = instantFromMs(now())
  for (const period of await listOpenMonths(pool, { space, asOf })) {
    if (signal.aborted) return false
    const months = await readBilledMonths(pool, { space, starts: [period.start] })
    if (months.get(period.start)?.entries === 0) continue
    const held = await countHeldEvents({ pool, clickhouse }, { spaceId: space.id, period })
    const isOurs = held > 0 && held === (await countMishaps(closer, { space, period }))
    const waiverReason = isOurs ? WAIVER : undefined
    const outcome = await closeStatement(pool, { space, period, held, asOf, actor: ACTOR, waiverReason })
    const line = lineOf(outcome, statementId({ period, slug: space.slug }))
    if (line !== null) tellOnce(closer, line)
    if (outcome.outcome === 'refused') return false
  }
  return true
}

async function listOpenMonths(pool: Pool, { space, asOf }: { space: BilledSpace; asOf: Instant }): Promise<Window[]> {
  const first = await findFirstBilledMonth(pool, space.id)
  if (first === null) return []
  const closed = new Set(await listClosedPeriods(pool, space.id))
  const months: Window[] = []
  let period = billingPeriod(first, space.billingZone)
  for (; period.end <= asOf; period = billingPeriod(period.end, space.billingZone)) {
    if (!closed.has(period.start)) months.push(period)
  }
  return months
}

/** Held events of the month that the demo's senders sent: what somebody else sends with their keys is somebody's to judge. */
async function countMishaps(
  { pool, clickhouse, apps }: Closer,
  { space, period }: { space: BilledSpace; period: Window },
): Promise<number> {
  let count = 0
  for (const { appIds, start: from, end: to } of await listOwnedSpells(pool, { spaceId: space.id, period })) {
    for (const { id, slug } of apps.filter((app) => appIds.includes(app.id))) {
      const text = `/demo/${slug}\n` // the end of the source: the line break is what follows it where the text is looked for
      const whose = { appIds: [id], spaceId: null, environments: null }
      count += await countEvents(clickhouse, { ...whose, verdicts: ['quarantined'], text, from, to })
    }
  }
  return count
}

/** Null where there is nothing to say: somebody else closed it, or it only takes time. */
function lineOf({ outcome, checklist, statement }: ClosingOutcome, id: string): string | null {
  if (outcome === 'closed')
    return `closed ${id}: ${statement.total} ${statement.currency} in ${statement.lines.length} lines`
  const blocked = checklist.filter(({ state }) => state === 'blocked').map(({ text }) => text)
  return outcome === 'refused' && blocked.length > 0 ? `${id} is not closed yet: ${blocked.join(' ')}` : null
}

function tellOnce({ told, log }: Closer, line: string): void {
  if (!told.has(line)) log(line)
  told.add(line)
}

async function pauseFor({ lookMs, signal }: Closer, ms: number): Promise<void> {
  await pause(lookMs ?? ms, undefined, { signal }).catch(() => undefined)
}
