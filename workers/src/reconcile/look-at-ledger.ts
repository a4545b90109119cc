import { addDecimals, subtractDecimals } from '@meterbook/core/kernel'
import type { MeterBase } from '@meterbook/core/posting'
import { type Difference, type DifferenceScope, sameDifferences, scopeKey } from '@meterbook/core/reconciliation'
import { earlier } from '@meterbook/core/window'
import { readFirstUsageHour } from '@meterbook/db/clickhouse'
import { readPostedWindows, readRatingFacts, readSettlementStand, type SettlementStand } from '@meterbook/db/postgres'
import { BillingFacts, hourOf, PAGE_CELLS, readWindows } from '@meterbook/db/settlement'
import type { LookDeps } from './look.ts'

const HOUR_MICROS = 3_600_000_000n

/** Hours [from, to) of one app, in microseconds, on hours of UTC. */
export interface LedgerStretch {
  shard: number
  appId: string
  from: bigint
  to: bigint
}

export interface LedgerLook {
  differences: Difference[]
  /** 1 where it cannot be told now: the shard is replayed. */
  undecided: number
}

/**
 * What was posted of settled hours against the usage records, both as of the journal number up to which the shard is settled, so that what is being
 * posted meanwhile is on neither side. By app, space, meter version, environment and hour, in the meter's base measure: whatever it costs, it is a
 * charge for that. A difference is one when a second look finds it again.
 */
export async function lookAtLedger(deps: LookDeps, stretch: LedgerStretch): Promise<LedgerLook> {
  const first = await lookOnce(deps, stretch)
  if (first.differences.length === 0) return first
  const second = await lookOnce(deps, stretch)
  return {
    differences: sameDifferences(first.differences, second.differences),
    undecided: first.undecided + second.undecided,
  }
}

/** All settled hours of an app from one on, in stretches that can be looked at in one go. */
export async function ledgerStretchesOf(
  deps: LookDeps,
  { shard, appId, from }: { shard: number; appId: string; from: bigint },
): Promise<LedgerStretch[]> {
  const stand = await readSettlementStand(deps.pool, shard)
  const until = stand?.settled.until ?? null
  if (stand === null || until === null) return []
  const first = await readFirstUsageHour(deps.clickhouse, { shard, through: stand.settled.through })
  if (first === null) return []
  const stretches: LedgerStretch[] = []
  const step = BigInt(PAGE_CELLS) * HOUR_MICROS
  for (let at = first > from ? first : from; at < until; at += step) {
    stretches.push({ shard, appId, from: at, to: earlier(at + step, until) })
  }
  return stretches
}

async function lookOnce(deps: LookDeps, stretch: LedgerStretch): Promise<LedgerLook> {
  const stand = await readSettlementStand(deps.pool, stretch.shard)
  if (stand === null || !isReadable(stand)) return { differences: [], undecided: 1 }
  const { through, until } = stand.settled
  if (until === null || until <= stretch.from) return { differences: [], undecided: 0 }
  const facts = new BillingFacts(await readRatingFacts(deps.pool))
  const { shard, appId } = stretch
  const cells = []
  for (let hour = stretch.from; hour < stretch.to && hour < until; hour += HOUR_MICROS) cells.push({ appId, hour })
  const windows = await readWindows(deps, { facts, shard, through, cells })
  const sums = new Sums(shard)
  for (const [spaceId, accounts] of windows.bySpace()) {
    const starts = new Set<bigint>()
    for (const { account, windows: measured } of accounts) {
      for (const { window, measured: bases, environment, isExempt } of measured) {
        starts.add(window.start)
        const place = { appId: account.appId, spaceId, environment, isExempt, start: window.start }
        for (const base of bases) sums.add('expected', place, base)
      }
    }
    const posted = await readPostedWindows(deps.pool, {
      spaceId,
      accounts: accounts.map(({ account }) => ({ ...account, periodStart: account.period.start })),
      starts: [...starts],
      journalThrough: through,
    })
    for (const { environment, measured, ...row } of posted) {
      for (const base of measured) sums.add('found', { ...row, spaceId, environment }, base)
    }
  }
  const after = await readSettlementStand(deps.pool, shard)
  await deps.rest()
  if (after === null || !isReadable(after) || after.generation !== stand.generation)
    return { differences: [], undecided: 1 }
  return { differences: sums.differences(), undecided: 0 }
}

/** A replay that has not come as far as what was settled shows less than there is. */
function isReadable({ isRebuilding, projected, settled }: SettlementStand): boolean {
  return !isRebuilding && projected >= settled.through
}

interface Place {
  spaceId: string
  appId: string
  environment: string
  isExempt: boolean
  start: bigint
}

/** Both sides of each cell, added up: one hour may have several windows. */
class Sums {
  readonly #shard: number
  readonly #cells = new Map<string, { scope: DifferenceScope; expected: string; found: string }>()

  constructor(shard: number) {
    this.#shard = shard
  }

  add(side: 'expected' | 'found', place: Place, { meter, version, base }: MeterBase): void {
    const { spaceId, appId, environment, isExempt, start } = place
    const scope: DifferenceScope = {
      what: 'ledger_entry',
      figure: 'sum',
      shard: this.#shard,
      first: null,
      last: null,
      appId,
      meter,
      meterVersion: version,
      hour: hourOf(start),
      spaceId,
      environment,
      isExempt,
    }
    const key = scopeKey(scope)
    const cell = this.#cells.get(key) ?? { scope, expected: '0', found: '0' }
    this.#cells.set(key, cell)
    cell[side] = addDecimals(cell[side], base)
  }

  differences(): Difference[] {
    return [...this.#cells.values()]
      .filter(({ expected, found }) => expected !== found)
      .map(({ scope, expected, found }) => ({
        ...scope,
        expected,
        found,
        difference: subtractDecimals(found, expected),
        positions: [],
      }))
  }
}
