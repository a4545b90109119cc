import { type Instant, instantFromMs, instantToMs } from '@meterbook/core/kernel'
import type { JournalPositions } from '@meterbook/db/clickhouse'
import {
  type FrozenMoney,
  type FrozenNames,
  type FrozenShard,
  type FrozenView,
  findFrozenView,
  readStateNow,
} from '@meterbook/db/postgres'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { checkProjection } from '@meterbook/db/rebuild'
import { TRPCError } from '@trpc/server'
import { z } from 'zod'
import { eventStores, postgres } from '../portal/stores.ts'
import type { Progress } from './read-freshness.ts'

/**
 * A state of earlier: everything that a figure is made of, by its number. Reads that are given one must take nothing from now: not the clock,
 * not a name, not a rollup (docs/adr/0011).
 */
export type FrozenState = {
  /** Of the view and of this life of the projections: what was read of it in one is not handed out in the next. */
  key: string
  /** What "now" is for this reading. */
  now: Date
  /** Of usage records: the journal numbers that count, by shard. */
  positions: JournalPositions
  shards: readonly FrozenShard[]
  /** Of the space's ledger: entries up to this one. */
  ledgerSequence: bigint
  /** What of the catalogue, of prices and of terms was recorded after `now` is not known yet. */
  catalogueRevision: bigint
  names: FrozenNames
  /** What usage was rated by; null: the view was frozen before it was kept. */
  money: FrozenMoney | null
}

/** How a figure is read: as it is, or as it stood. */
export type Reading = { kind: 'live' } | { kind: 'frozen'; state: FrozenState }

/** What the reader may see, in the state that is read. */
export type ReadGround = { access: SpaceAccess; reading: Reading }

const LIVE: Reading = { kind: 'live' }
const Id = z.uuid()

/**
 * Reads something of a space as the address asks: live, or as it was when `asOf` was frozen. `access` of a frozen reading names space and apps
 * as they were then, and only those that the one who reads may see now.
 *
 * While the projections are being rebuilt the records up to a frozen number are not all there: such a reading is refused, before and after,
 * so that it never gives other digits than it gave.
 */
export async function readAsAsked<T>(
  input: { access: SpaceAccess; asOf: string | undefined },
  read: (ground: ReadGround) => Promise<T>,
): Promise<T> {
  const { access, asOf } = input
  if (asOf === undefined) return read({ access, reading: LIVE })
  const view = await findView(access, asOf)
  const generation = await checkReached(view)
  const answer = await read({
    access: accessThen(access, view.names),
    reading: { kind: 'frozen', state: stateOf(view, generation) },
  })
  await checkReached(view)
  return answer
}

/** A frozen view of this space. Throws NOT_FOUND for any other, and for what is no id. */
export async function findView(access: SpaceAccess, id: string): Promise<FrozenView> {
  const view = Id.safeParse(id).success ? await findFrozenView(postgres(), { spaceId: access.space.id, id }) : null
  if (view === null) throw new TRPCError({ code: 'NOT_FOUND', message: 'No such frozen view in this developer space' })
  return view
}

/** What "now" is for a reading, microseconds. `live`: by the clock. */
export function nowOf(reading: Reading, live: Instant): Instant {
  return reading.kind === 'frozen' ? instantFromMs(reading.state.now.getTime()) : live
}

/** How far the projections had come, as of the state. */
export function progressThen({ now, shards }: FrozenState): Progress {
  const dateOf = (instant: Instant | null) => (instant === null ? null : new Date(instantToMs(instant)))
  const byShard = shards.map(({ shard, waitingBatches, waitingSince, lastReceivedAt }) => {
    return [
      shard,
      { shard, waitingBatches, waitingSince: dateOf(waitingSince), lastReceivedAt: dateOf(lastReceivedAt) },
    ] as const
  })
  return { now, byShard: new Map(byShard) }
}

/** The life of the projections in which all of it is there. A rebuild drops tables before it takes the progress back: both are asked. */
async function checkReached(view: FrozenView): Promise<bigint> {
  const { shards, generation } = await readStateNow(postgres(), view.spaceId)
  const reached = new Map(shards.map(({ shard, through }) => [shard, through]))
  const isReached = view.shards.every(({ shard, through }) => (reached.get(shard) ?? 0n) >= through)
  if (isReached && (await checkProjection(eventStores())) === 'held') return generation
  throw new TRPCError({
    code: 'PRECONDITION_FAILED',
    message: 'Usage is being rebuilt: a frozen view is shown again when it has come as far as it was',
  })
}

function stateOf(view: FrozenView, generation: bigint): FrozenState {
  const { id, shards, ledgerSequence, catalogueRevision, names, money } = view
  return {
    key: `${id} ${generation}`,
    now: new Date(instantToMs(view.frozenAt)),
    positions: new Map(shards.map(({ shard, through }) => [shard, through])),
    shards,
    ledgerSequence,
    catalogueRevision,
    names,
    money,
  }
}

function accessThen(access: SpaceAccess, names: FrozenNames): SpaceAccess {
  const seen = new Set(access.apps.map(({ id }) => id))
  return {
    ...access,
    space: { ...access.space, ...names.space },
    apps: names.apps.filter(({ id }) => seen.has(id)),
  }
}
