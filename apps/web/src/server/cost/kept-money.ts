import type { Instant } from '@meterbook/core/kernel'
import type { Window } from '@meterbook/core/window'
import { type BillingSpace, readRatingFacts } from '@meterbook/db/postgres'
import { BillingFacts } from '@meterbook/db/settlement'
import type { EventStores } from '../events/event-sight.ts'
import { heldRead } from '../usage/held-reads.ts'
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

/** A space's money of some months, as of about now: read anew where that is quick, at most STALE_MS old where it is not. */
export async function keptMoney(
  stores: EventStores,
  input: { spaceId: string; periods: readonly Window[]; now: Instant },
): Promise<Money | null> {
  const nowMs = Number(input.now / 1000n)
  const kept = await keptOf(stores, { spaceId: input.spaceId, nowMs })
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
  const all = shared()
  const version = JSON.stringify([
    facts.changes.map(({ key }) => key),
    facts.meters.map(({ slug, versions }) => [slug, versions.size]),
    space.billingZone,
    space.currency,
  ])
  const known = all.get(input.spaceId)
  all.delete(input.spaceId)
  const kept =
    known?.facts === version
      ? known
      : {
          facts: version,
          money: new SpaceMoney({ facts: new BillingFacts(facts), space }),
          queue: Promise.resolve(),
          last: new Map(),
          isRenewing: false,
          looking: new Map(),
        }
  // the last one looked at stands last
  all.set(input.spaceId, kept)
  for (const spaceId of [...all.keys()].slice(0, -SPACES_MAX)) all.delete(spaceId)
  return kept
}

function shared(): Map<string, Kept> {
  const holder = globalThis as { [KEY]?: Map<string, Kept> }
  holder[KEY] ??= new Map()
  return holder[KEY]
}
