import { type Instant, parseInstant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import type { StatementLine } from '@meterbook/core/statement'
import { type BilledSpace, type EntryFilter, type Pool, readEntries, type StoredEntry } from '@meterbook/db/postgres'
import { type Month, readMonth } from './read-months.ts'
import { namedLines } from './statement-line-id.ts'

/** A page of the entries behind a line, in the order of the chain; all that have an amount where no line is named. null: no such statement, or line. */
export async function readLineEntries(
  pool: Pool,
  input: {
    space: BilledSpace
    id: string
    line: string | undefined
    /** the sequence of the last entry seen */
    after: bigint
    limit: number
    asOf: Instant
  },
) {
  const { space, id, limit, asOf } = input
  const month = await readMonth(pool, { space, id, asOf })
  if (month === null) return null
  const line = namedLines(month.statement).find((each) => each.id === input.line)?.line
  if (input.line !== undefined && line === undefined) return null
  const asked = { spaceId: space.id, filter: filterOf(month, line), after: input.after, limit: limit + 1 }
  const found = await readEntries(pool, asked)
  const page = found.slice(0, limit)
  return {
    entries: page.flatMap(({ entry, ...place }) =>
      hasAmount(entry) && isOfLine(entry, line) ? [entryText({ ...place, entry })] : [],
    ),
    cursor: found.length > limit ? (page.at(-1)?.sequence.toString() ?? null) : null,
  }
}

/** The sequences of the entries of usage behind a line, ascending; null: no such statement, or line. */
export async function listLineSequences(
  pool: Pool,
  input: { space: BilledSpace; id: string; line: string; limit: number; asOf: Instant },
): Promise<bigint[] | null> {
  const { space, id, limit, asOf } = input
  const month = await readMonth(pool, { space, id, asOf })
  const line = month === null ? undefined : namedLines(month.statement).find((each) => each.id === input.line)?.line
  if (month === null || line === undefined) return null
  const found = await readEntries(pool, { spaceId: space.id, filter: filterOf(month, line), limit })
  return found.flatMap(({ entry, sequence }) => (hasAmount(entry) && isOfLine(entry, line) ? [sequence] : []))
}

/** Everything but statements and seals, which only testify. */
export type PricedEntry = Exclude<LedgerEntry, { kind: 'statement' | 'journal_seal' | 'journal_archive' }>

export function hasAmount(entry: LedgerEntry): entry is PricedEntry {
  return entry.kind !== 'statement' && entry.kind !== 'journal_seal' && entry.kind !== 'journal_archive'
}

/** An entry as texts. What its kind has not is null. */
function entryText({ sequence, hash, entry }: Pick<StoredEntry, 'sequence' | 'hash'> & { entry: PricedEntry }) {
  const usage = entry.kind === 'usage' || entry.kind === 'adjustment' ? entry : null
  const adjustment = entry.kind === 'adjustment' ? entry : null
  return {
    sequence: sequence.toString(),
    kind: entry.kind,
    app: usage?.app ?? null,
    capability: usage?.capability ?? null,
    unit: usage?.unit ?? null,
    window: usage?.window ?? null,
    environment: usage?.environment ?? null,
    exempt: usage?.exempt ?? null,
    quantity: usage?.quantity ?? null,
    amount: entry.amount,
    currency: entry.currency,
    parts: usage?.parts ?? [],
    measured: usage?.measured ?? [],
    entitlements: usage?.entitlements ?? [],
    cumulative: usage?.cumulative ?? null,
    journal: usage?.journal ?? null,
    adjusts: adjustment?.adjusts ?? null,
    reason: adjustment?.reason ?? null,
    acts: adjustment?.acts ?? [],
    text: 'text' in entry ? entry.text : null,
    postedAt: entry.postedAt,
    hash,
  }
}

export const PRICED_KINDS = ['usage', 'adjustment', 'rounding', 'discount', 'credit', 'minimum'] as const

function filterOf({ period }: Month, line: StatementLine | undefined): EntryFilter {
  const billedInStart = period.start
  if (line === undefined) return { billedInStart, kinds: PRICED_KINDS }
  if (!('app' in line)) return { billedInStart, kinds: [line.kind] }
  const { app: appId, capability: capabilityKey, isExempt } = line
  const of = parseInstant(line.period.start)
  if (!of.ok) throw new RangeError(`expected a line of a month, found ${line.period.start}`)
  return { billedInStart, kinds: ['usage', 'adjustment'], appId, capabilityKey, isExempt, periodStart: of.value }
}

/** What the filter cannot tell apart: the unit of usage, and terms of one kind. */
function isOfLine(entry: PricedEntry, line: StatementLine | undefined): boolean {
  if (line === undefined || line.kind === 'rounding') return true
  if ('app' in line) return 'unit' in entry && entry.unit === line.unit
  return (
    'text' in entry && entry.text === line.text && (entry.term ?? null) === line.term && entry.amount === line.amount
  )
}
