import { addDecimals, formatInstant, type Instant } from '@meterbook/core/kernel'
import { LedgerEntry } from '@meterbook/core/ledger'
import {
  type Billed,
  type BillingTerm,
  billedOf,
  billingPeriod,
  type ChecklistItem,
  type Statement,
  type StatementLine,
} from '@meterbook/core/statement'
import type { Window } from '@meterbook/core/window'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** Who is billed, in what, and by which clock. */
export interface BilledSpace {
  id: string
  slug: string
  name: string
  /** ISO 4217 */
  currency: string
  /** IANA name: statements are of its months */
  billingZone: string
}

/** The space of that slug or id, or null. */
export async function findBilledSpace(db: Pool | PoolClient, slugOrId: string): Promise<BilledSpace | null> {
  const { rows } = await db.query<BilledSpace>(
    `SELECT id, slug, name, currency, billing_zone AS "billingZone" FROM developer_space
      WHERE slug = $1 OR id::text = $1 ORDER BY slug = $1 DESC LIMIT 1`,
    [slugOrId],
  )
  return rows[0] ?? null
}

/** The slug, as it is now, of the space whose statement has this id; null if no such statement was issued. */
export async function findStatementSpace(db: Pool | PoolClient, statementId: string): Promise<string | null> {
  const { rows } = await db.query<{ slug: string }>(
    'SELECT s.slug FROM statement t JOIN developer_space s ON s.id = t.space_id WHERE t.id = $1',
    [statementId],
  )
  return rows[0]?.slug ?? null
}

/** A month that was closed, as it was issued: never computed anew. */
export interface StoredStatement {
  id: string
  spaceId: string
  period: Window
  closedAt: Instant
  closedBy: string
  statement: Statement
  /** of the statement's own entry: everything that it carries is at or before it */
  ledgerSequence: bigint
  checklist: ChecklistItem[]
}

/** Everything issued to a space, oldest first. */
export async function listStatements(db: Pool | PoolClient, spaceId: string): Promise<StoredStatement[]> {
  const { rows } = await db.query<StatementRow>({
    name: 'statement-list',
    text: `SELECT ${STATEMENT} FROM statement WHERE space_id = $1 ORDER BY period_start`,
    values: [spaceId],
  })
  return rows.map(storedOf)
}

/** The statement of the month that begins then, or null while it is not issued. */
export async function findStatement(
  db: Pool | PoolClient,
  { spaceId, periodStart }: { spaceId: string; periodStart: Instant },
): Promise<StoredStatement | null> {
  const { rows } = await db.query<StatementRow>({
    name: 'statement-find',
    text: `SELECT ${STATEMENT} FROM statement WHERE space_id = $1 AND period_start = $2::timestamptz`,
    values: [spaceId, formatInstant(periodStart)],
  })
  return rows[0] === undefined ? null : storedOf(rows[0])
}

interface StatementRow {
  id: string
  space_id: string
  period_start: string
  period_end: string
  closed_at: string
  closed_by: string
  currency: string
  exact_total: string
  total: string
  ledger_sequence: string
  lines: StatementLine[]
  checklist: ChecklistItem[]
}

const STATEMENT = `id, space_id, ${microsOf('period_start')} AS period_start, ${microsOf('period_end')} AS period_end, ${microsOf('closed_at')} AS closed_at,
  closed_by, currency, trim_scale(exact_total)::text AS exact_total, trim_scale(total)::text AS total, ledger_sequence, lines, checklist`

function storedOf(row: StatementRow): StoredStatement {
  const period = { start: BigInt(row.period_start), end: BigInt(row.period_end) }
  const { currency, lines, exact_total: exactTotal, total } = row
  const months = { start: formatInstant(period.start), end: formatInstant(period.end) }
  return {
    id: row.id,
    spaceId: row.space_id,
    period,
    closedAt: BigInt(row.closed_at),
    closedBy: row.closed_by,
    statement: { currency, period: months, lines, exactTotal, total },
    ledgerSequence: BigInt(row.ledger_sequence),
    checklist: row.checklist,
  }
}

/** What a month's statement carries: Σ by line, ready for composeStatement, and what proves it. */
export interface BilledMonth {
  billed: Billed[]
  /** entries that have an amount, and Σ amount, exact decimal text */
  entries: number
  amount: string
}

/**
 * What the statements of these months (their starts) carry, by start; one that carries nothing yet is there all the same. One pass over their entries,
 * which are added up where they are: a month may have millions.
 */
export async function readBilledMonths(
  db: Pool | PoolClient,
  input: { space: BilledSpace; starts: readonly Instant[] },
): Promise<Map<Instant, BilledMonth>> {
  const { space, starts } = input
  const months = new Map<Instant, BilledMonth>(starts.map((start) => [start, { billed: [], entries: 0, amount: '0' }]))
  if (starts.length === 0) return months
  const { rows } = await db.query<SumRow>({
    name: 'statement-sums',
    text: SUMS,
    values: [space.id, starts.map(formatInstant)],
  })
  const units = await readUnits(db, { spaceId: space.id, sequences: rows.map(({ first }) => first) })
  for (const row of rows) {
    const month = months.get(BigInt(row.billed_in))
    const billed = row.lump === null ? usageOf(row, { space, unit: units.get(row.first) ?? '' }) : lumpOf(row.lump)
    if (month === undefined || billed === null) continue
    month.billed.push(billed)
    month.entries += row.entries
    month.amount = addDecimals(month.amount, row.amount)
  }
  return months
}

/** How many entries with an amount a month's statement carries, and what they come to, exact decimal text: nothing else is read of them. */
export async function readBilledSum(
  db: Pool | PoolClient,
  { spaceId, periodStart }: { spaceId: string; periodStart: Instant },
): Promise<{ entries: number; amount: string }> {
  const { rows } = await db.query<{ entries: number; amount: string }>({
    name: 'statement-sum',
    text: `SELECT count(amount)::int AS entries, trim_scale(coalesce(sum(amount), 0))::text AS amount
      FROM ledger_entry WHERE space_id = $1 AND billed_in_start = $2::timestamptz`,
    values: [spaceId, formatInstant(periodStart)],
  })
  return rows[0] ?? { entries: 0, amount: '0' }
}

interface SumRow {
  billed_in: string
  app_id: string
  capability_key: string
  exempt: boolean
  period_start: string
  currency: string
  lump: string | null
  quantity: string
  amount: string
  entries: number
  first: string
}

// Sums of numeric are exact, whatever their length. Usage is grouped by columns alone: to parse the text of each entry took ten times as long.
const SUMS = `SELECT ${microsOf('billed_in_start')} AS billed_in, app_id, capability_key, exempt, ${microsOf('period_start')} AS period_start, currency, lump,
    trim_scale(sum(quantity))::text AS quantity, trim_scale(sum(amount))::text AS amount, count(*)::int AS entries, min(sequence) AS first
  FROM (
    SELECT billed_in_start, app_id, capability_key, exempt, period_start, currency, quantity, amount, sequence,
      CASE WHEN kind = ANY('{usage,adjustment}') THEN NULL ELSE canonical END AS lump,
      CASE WHEN kind = ANY('{usage,adjustment}') THEN NULL ELSE sequence END AS lump_sequence
    FROM ledger_entry WHERE space_id = $1 AND billed_in_start = ANY($2::timestamptz[]) AND amount IS NOT NULL
  ) e
  GROUP BY billed_in_start, app_id, capability_key, exempt, e.period_start, currency, lump, lump_sequence
  ORDER BY min(sequence)`

/** The unit is in the text only. A capability has one, which is not versioned: the first entry of a line speaks for all. */
async function readUnits(
  db: Pool | PoolClient,
  { spaceId, sequences }: { spaceId: string; sequences: readonly string[] },
): Promise<Map<string, string>> {
  const { rows } = await db.query<{ sequence: string; unit: string | null }>({
    name: 'statement-units',
    text: `SELECT sequence, canonical::json->>'unit' AS unit FROM ledger_entry WHERE space_id = $1 AND sequence = ANY($2::bigint[])`,
    values: [spaceId, sequences],
  })
  return new Map(rows.map(({ sequence, unit }) => [sequence, unit ?? '']))
}

function lumpOf(canonical: string): Billed | null {
  return billedOf(LedgerEntry.parse(JSON.parse(canonical)))
}

function usageOf(row: SumRow, { space, unit }: { space: BilledSpace; unit: string }): Billed {
  const { start, end } = billingPeriod(BigInt(row.period_start), space.billingZone)
  return {
    kind: 'usage',
    app: row.app_id,
    capability: row.capability_key,
    unit,
    isExempt: row.exempt,
    period: { start: formatInstant(start), end: formatInstant(end) },
    quantity: row.quantity,
    amount: row.amount,
    currency: row.currency,
    entries: row.entries,
  }
}

/** The first month that any entry of the space is billed in; null while there is none. */
export async function findFirstBilledMonth(db: Pool | PoolClient, spaceId: string): Promise<Instant | null> {
  const { rows } = await db.query<{ start: string | null }>({
    name: 'statement-first-month',
    text: `SELECT ${microsOf('min(billed_in_start)')} AS start FROM ledger_entry WHERE space_id = $1`,
    values: [spaceId],
  })
  return rows[0]?.start == null ? null : BigInt(rows[0].start)
}

/** What was agreed with a space: every term that is in force at some moment of the month applies to the whole of it. In the order of its making. */
export async function readBillingTerms(
  db: Pool | PoolClient,
  { spaceId, period }: { spaceId: string; period: Window },
): Promise<BillingTerm[]> {
  const { rows } = await db.query<BillingTerm>({
    name: 'statement-terms',
    text: `SELECT id, kind, capability_key AS capability, trim_scale(percent)::text AS percent, trim_scale(amount)::text AS amount, text
      FROM billing_term WHERE space_id = $1 AND effective_from < $3::timestamptz
        AND (effective_to IS NULL OR effective_to > greatest(effective_from, $2::timestamptz))
      ORDER BY recorded_at, id`,
    values: [spaceId, formatInstant(period.start), formatInstant(period.end)],
  })
  return rows
}

/** A term with when it holds: [from, to), null = for ever. */
export type DatedTerm = BillingTerm & { from: Instant; to: Instant | null }

/** Everything that was ever agreed with a space and held at some time, in the order of its making. */
export async function listBillingTerms(db: Pool | PoolClient, spaceId: string): Promise<DatedTerm[]> {
  const { rows } = await db.query<BillingTerm & { begins: string; ends: string | null }>({
    name: 'statement-all-terms',
    text: `SELECT id, kind, capability_key AS capability, trim_scale(percent)::text AS percent, trim_scale(amount)::text AS amount, text,
        ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends
      FROM billing_term WHERE space_id = $1 AND (effective_to IS NULL OR effective_to > effective_from) ORDER BY recorded_at, id`,
    values: [spaceId],
  })
  return rows.map(({ begins, ends, ...term }) => ({
    ...term,
    from: BigInt(begins),
    to: ends === null ? null : BigInt(ends),
  }))
}

/** What the lines of statements speak of, in words: name by capability, and by meter which types of events it ever measured. */
export async function readMeasuredNames(
  db: Pool | PoolClient,
): Promise<{ capabilities: Map<string, string>; eventTypes: Map<string, string[]> }> {
  const capabilities = await db.query<{ key: string; name: string }>('SELECT key, name FROM capability')
  const types = await db.query<{ slug: string; types: string[] }>(
    `SELECT m.slug, array_agg(DISTINCT v.event_type) AS types FROM meter m JOIN meter_version v ON v.meter_id = m.id GROUP BY m.slug`,
  )
  return {
    capabilities: new Map(capabilities.rows.map(({ key, name }) => [key, name])),
    eventTypes: new Map(types.rows.map((row) => [row.slug, row.types])),
  }
}
