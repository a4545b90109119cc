import { foldCharges } from '@meterbook/core/focus'
import { addDecimals, subtractDecimals } from '@meterbook/core/kernel'
import type { Difference } from '@meterbook/core/reconciliation'
import { composeStatement, type StatementLine } from '@meterbook/core/statement'
import {
  type BilledSpace,
  findBilledSpace,
  listStatements,
  readBilledMonths,
  readEntries,
  readStatementMark,
  type StoredStatement,
} from '@meterbook/db/postgres'
import { hourOf, type LookDeps } from './look.ts'

const PAGE_ENTRIES = 1_000

/**
 * What was issued to a space against its entries: each line against their sum, and what the files of a statement say of each app (FOCUS charges, folded
 * from the entries one by one, as an export folds them) against its lines. Σ in the currency, exact. A statement that agreed is read whole again once any
 * row of it, or of its entries, is another version than it was then, and once a day.
 */
export async function lookAtStatements(deps: LookDeps, spaceId: string): Promise<Difference[]> {
  const space = await findBilledSpace(deps.pool, spaceId)
  if (space === null) return []
  const found: Difference[] = []
  for (const stored of await listStatements(deps.pool, spaceId)) {
    // before it is read: what is changed meanwhile has another mark, and is read again
    const mark = await readStatementMark(deps.pool, { spaceId, periodStart: stored.period.start })
    if (deps.seen?.has(stored.id, mark)) continue
    const differences = [...(await compareLines(deps, space, stored)), ...(await compareCharges(deps, stored))]
    if (differences.length === 0) deps.seen?.add(stored.id, mark)
    found.push(...differences)
    await deps.rest()
  }
  return found
}

async function compareLines(deps: LookDeps, space: BilledSpace, stored: StoredStatement): Promise<Difference[]> {
  const { start } = stored.period
  const billed = (await readBilledMonths(deps.pool, { space, starts: [start] })).get(start)?.billed ?? []
  const { currency, period } = stored.statement
  const sums = new Sums('statement', stored)
  for (const line of composeStatement({ period, currency, billed, terms: [] }).lines) sums.add('expected', line)
  for (const line of stored.statement.lines) sums.add('found', line)
  return sums.differences()
}

async function compareCharges(deps: LookDeps, stored: StoredStatement): Promise<Difference[]> {
  const sums = new Sums('statement_export', stored)
  for (const line of stored.statement.lines) sums.add('expected', { ...line, capability: '' })
  const filter = { billedInStart: stored.period.start }
  const place = { spaceId: stored.spaceId, filter, through: stored.ledgerSequence, limit: PAGE_ENTRIES }
  for (let after = 0n; ; ) {
    const page = await readEntries(deps.pool, { ...place, after })
    for (const { entry, sequence } of page) {
      const fold = foldCharges()
      fold.add({ entry, sequence })
      for (const { amount } of fold.charges()) sums.add('found', { app: 'app' in entry ? entry.app : '', amount })
    }
    await deps.rest()
    if (page.length < PAGE_ENTRIES) return sums.differences()
    after = page.at(-1)?.sequence ?? after
  }
}

/** Amounts of both sides by app and capability; lumps have neither. */
class Sums {
  readonly #what: 'statement' | 'statement_export'
  readonly #stored: StoredStatement
  readonly #places = new Map<string, { app: string; capability: string; expected: string; found: string }>()

  constructor(what: 'statement' | 'statement_export', stored: StoredStatement) {
    this.#what = what
    this.#stored = stored
  }

  add(side: 'expected' | 'found', of: Pick<StatementLine, 'amount'> & { app?: string; capability?: string }): void {
    const { app = '', capability = '', amount } = of
    const key = JSON.stringify([app, capability])
    const sums = this.#places.get(key) ?? { app, capability, expected: '0', found: '0' }
    this.#places.set(key, sums)
    sums[side] = addDecimals(sums[side], amount)
  }

  differences(): Difference[] {
    const { spaceId, period } = this.#stored
    return [...this.#places.values()]
      .filter(({ expected, found }) => expected !== found)
      .map(({ app, capability, expected, found }) => ({
        what: this.#what,
        figure: 'sum',
        shard: null,
        first: null,
        last: null,
        appId: app,
        // A line has a capability, and a capability may have several meters.
        meter: capability,
        meterVersion: null,
        hour: hourOf(period.start),
        spaceId,
        environment: '',
        isExempt: null,
        expected,
        found,
        difference: subtractDecimals(found, expected),
        positions: [],
      }))
  }
}
