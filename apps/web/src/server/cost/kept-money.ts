import type { Instant } from '@meterbook/core/kernel'
import type { Window } from '@meterbook/core/window'
import { type BillingSpace, readRatingFacts } from '@meterbook/db/postgres'
import { BillingFacts } from '@meterbook/db/settlement'
import { TRPCError } from '@trpc/server'
import type { EventStores } from '../events/event-sight.ts'
import { heldRead } from '../usage/held-reads.ts'
import type { FrozenState } from '../usage/reading.ts'
import { standNow, standThen } from './money-stand.ts'
import { type Money, SpaceMoney } from './space-money.ts'

const KEY = Symbol.for('meterbook.web.space-money')
/** Spaces kept: whoever was looked at last. */
const SPACES_MAX = 40
const FACTS_TTL_MS = 2_000
/** Where bringing up to date is slow, nobody waits for it who was there a moment ago. */
const SLOW_MS = 150
const STALE_MS = 20_000
/** And nobody asks again for what was looked at this recently: a page that is open asks each second. */
const RENEWED_MS = 3_000
const RANGES_MAX = 20

interface Kept {
  facts: string
  money: SpaceMoney
  /** looks stand in one queue */
  queue: Promise<unknown>
  /** by the months asked for */
  last: Map<string, { nowMs: number; tookMs: number; money: Money }>
  isRenewing: boolean
  /** what is looked at just now: parts of one answer ask for the same months as of the same moment */
  looking: Map<string, Promise<Money>>
}

/**
 * A space's money of some months, as of about now: read anew where that is quick, at most STALE_MS old where it is not. `frozen`: as it stood, `now` being
 * that of the state; throws PRECONDITION_FAILED for a state that does not say what usage was rated by.
 */
export async function keptMoney(
  stores: EventStores,
  input: { spaceId: string; periods: readonly Window[]; now: Instant; frozen?: FrozenState | undefined },
): Promise<Money | null> {
  const nowMs = Number(input.now / 1000n)
  const { spaceId, frozen } = input
  const kept = frozen ? keptThen(stores, { spaceId, frozen }) : await keptOf(stores, { spaceId, nowMs })
  if (kept === null) return null
  const key = input.periods.map(({ start }) => start).join()
  const look = async () => {
    const begun = performance.now()
    const money = await kept.money.look(stores, input)
    if (kept.last.size >= RANGES_MAX) kept.last.clear()
    kept.last.set(key, { nowMs, tookMs: performance.now() - begun, money })
    return money
  }
  const moment = `${input.now} ${key}`
  const inTurn = () => {
    const begun = kept.looking.get(moment)
    if (begun !== undefined) return begun
    const turn = kept.queue.then(look).finally(() => kept.looking.delete(moment))
    kept.looking.set(moment, turn)
    kept.queue = turn.catch(() => undefined)
    return turn
  }
  const last = kept.last.get(key)
  if (last !== undefined && last.tookMs > SLOW_MS && nowMs - last.nowMs < STALE_MS) {
    if (!kept.isRenewing && nowMs - last.nowMs >= RENEWED_MS) {
      kept.isRenewing = true
      inTurn()
        .catch(() => undefined)
        .finally(() => {
          kept.isRenewing = false
        })
    }
    return last.money
  }
  return inTurn()
}

/** The prices and meters by which a space's usage is rated, as of a moment ago. */
export async function keptFacts(
  stores: EventStores,
  input: { spaceId: string; nowMs: number },
): Promise<{ facts: BillingFacts; space: BillingSpace | null }> {
  const kept = await keptOf(stores, input)
  return kept === null
    ? { facts: new BillingFacts(await readRatingFacts(stores.pool)), space: null }
    : kept.money.ground()
}

async function keptOf(stores: EventStores, input: { spaceId: string; nowMs: number }): Promise<Kept | null> {
  const facts = await heldRead({
    key: `rating facts ${stores.pool.options.connectionString ?? ''}`,
    ttlMs: FACTS_TTL_MS,
    nowMs: input.nowMs,
    read: () => readRatingFacts(stores.pool),
  })
  const space = facts.spaces.get(input.spaceId)
  if (space === undefined) return null
  const version = JSON.stringify([
    facts.changes.map(({ key }) => key),
    facts.meters.map(({ slug, versions }) => [slug, versions.size]),
    space.billingZone,
    space.currency,
  ])
  const known = shared().get(input.spaceId)
  if (known?.facts === version) return keep(input.spaceId, known)
  const stand = standNow(stores.pool, input.spaceId)
  return keep(
    input.spaceId,
    fresh(version, new SpaceMoney({ facts: new BillingFacts(facts), space, stand, state: null })),
  )
}

/** Of a state nothing changes: what was read of it once stands. */
function keptThen(stores: EventStores, { spaceId, frozen }: { spaceId: string; frozen: FrozenState }): Kept | null {
  const { key, money } = frozen
  if (money === null) {
    const message = 'This link was frozen before money was kept with it: open it live'
    throw new TRPCError({ code: 'PRECONDITION_FAILED', message })
  }
  const known = shared().get(key)
  if (known !== undefined) return keep(key, known)
  const space = money.facts.spaces.get(spaceId)
  if (space === undefined) return null
  const stand = standThen(stores.pool, { state: frozen, money, spaceId })
  return keep(key, fresh(key, new SpaceMoney({ facts: new BillingFacts(money.facts), space, stand, state: key })))
}

function fresh(facts: string, money: SpaceMoney): Kept {
  return { facts, money, queue: Promise.resolve(), last: new Map(), isRenewing: false, looking: new Map() }
}

/** The last one looked at stands last. */
function keep(key: string, kept: Kept): Kept {
  const all = shared()
  all.delete(key)
  all.set(key, kept)
  for (const old of [...all.keys()].slice(0, -SPACES_MAX)) all.delete(old)
  return kept
}

function shared(): Map<string, Kept> {
  const holder = globalThis as { [KEY]?: Map<string, Kept> }
  holder[KEY] ??= new Map()
  return holder[KEY]
}
