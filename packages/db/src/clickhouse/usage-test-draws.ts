import type { WindowSize } from '@meterbook/core/window'
import fc from 'fast-check'
import type { ClickHouseClient } from './client.ts'
import { type MeterQuery, queryMeter } from './usage-query.ts'
import type { TestRecord } from './usage-test-database.ts'
import { drawnActs } from './usage-test-history.ts'

// What random usage looks like in the tests that hold the database against the plain folds.

const SECOND = 1_000_000n
export const MINUTE = 60n * SECOND
/** Six hours before the clocks of Los Angeles go back. */
export const BASE = BigInt(Date.parse('2025-11-01T20:00:00Z')) * 1000n

export interface Drawn {
  app: string
  version: number
  at: bigint
  subject?: string
  model?: string | undefined
  quantity?: string
  uniqueValue?: string
  batch?: number
}

/** By version: whole, binary, without end in decimals, and as long as the catalogue can hold. */
export const DIVISORS = new Map([
  [1, '1'],
  [2, '1024'],
  [3, '3'],
  [4, '12345678901234567890.000000000000000001'],
])

const moments = fc.integer({ min: 0, max: 50 * 3600 }).map((second) => BASE + BigInt(second) * SECOND)
const quantities = fc.oneof(
  // equal in their unit under the divisors above, or nearly so
  fc.constantFrom('0', '1', '3', '1024', '3072', '12345678901234567890.000000000000000001', '12345678901234567890'),
  fc.constantFrom(
    `0.${'0'.repeat(29)}1`,
    `-0.${'0'.repeat(29)}1`,
    '-5.5',
    '1073741824',
    `${'9'.repeat(30)}.${'9'.repeat(30)}`,
  ),
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map(String),
)
const draw = {
  version: fc.constantFrom(...DIVISORS.keys()),
  at: fc.oneof(moments, fc.constantFrom(BASE, BASE + 1n, BASE + MINUTE)),
  subject: fc.constantFrom('', 'ann', 'bob'),
  model: fc.constantFrom(undefined, 'gpt-4', 'claude'),
  quantity: quantities,
  uniqueValue: fc.constantFrom('', 'x', 'y'),
}
export const drawnRecords: fc.Arbitrary<Drawn[]> = fc.array(
  fc.record({ ...draw, app: fc.constantFrom('app-a', 'app-b'), batch: fc.integer({ min: 1, max: 3 }) }),
  { minLength: 1, maxLength: 60, size: 'max' },
)
export const acts = drawnActs<Drawn>(fc.record(draw, { requiredKeys: [] }))
export const zones = fc.constantFrom(
  'UTC',
  'America/Los_Angeles',
  'Asia/Kathmandu',
  'America/St_Johns',
  'Australia/Lord_Howe',
)
/** The wider the window, the more there is in it to get wrong. */
export const sizes = fc.constantFrom<WindowSize | undefined>(
  undefined,
  'month',
  'week',
  'day',
  'day',
  'hour',
  'quarter',
  'minute',
)
export const shifts = fc.constantFrom(0n, 1n, MINUTE, 90n * MINUTE)

/** A question that asks for nothing in particular. */
export const quiet = {
  subjects: undefined,
  isBySubject: false,
  groupBy: [],
  filters: [],
  zone: 'UTC',
  windowSize: undefined,
  from: undefined,
  to: undefined,
  through: BASE * 2n,
}

export function recordOf(drawn: Drawn, meter: string): TestRecord {
  const { version, model, ...record } = drawn
  return { ...record, space: 'space', meter, meterVersion: version, dims: model === undefined ? {} : { model } }
}

/** Sorts as the answer does: by subject, then model. */
export function groupOf({ subject, model }: { subject: string; model: string | undefined }): string {
  return `${subject} ${model ?? ''}`
}

export async function answerOf(client: ClickHouseClient, query: MeterQuery) {
  const rows = await queryMeter(client, query)
  return rows.map((row) => ({
    window: { start: row.windowStart, end: row.windowEnd },
    group: groupOf({ subject: row.subject ?? '', model: row.groups.model }),
    value: row.value,
  }))
}
