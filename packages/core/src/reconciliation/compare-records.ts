import { canonicalTuple, type Instant } from '../kernel/index.ts'
import type { ProjectedEvent, UsageRecord } from '../projection/index.ts'
import type { DifferenceScope, Figure } from './difference.ts'
import type { GroupRange, Tally } from './tally.ts'

/** A usage record as it was written when its event was taken, before any act upon it. */
export interface RecordedUsage {
  batch: bigint
  pos: number
  identity: string
  spaceId: string
  appId: string
  meter: string
  meterVersion: number
  environment: string
  installation: string
  isExempt: boolean
  at: Instant
  receivedAt: Instant
  subject: string
  /** In the base measure, times 10^30. */
  quantity: bigint
  uniqueValue: string
  dimensions: readonly (readonly [string, string])[]
  entitlementId: string
  catalogueRevision: bigint
}

type Expected = Pick<ProjectedEvent, 'source' | 'at' | 'spaceId' | 'records'>

const HOUR_MICROS = 3_600_000_000n

/**
 * Measure: the journal's events, measured again, against the usage records of the same batches, by recorded group, app, meter, version
 * and hour. Counts and exact sums; where both agree, also whether each record is the one that was expected, in every column.
 */
export function compareRecords(input: {
  groupOf: (batch: bigint) => GroupRange & { catalogueRevision: bigint }
  expected: readonly Expected[]
  found: readonly RecordedUsage[]
  tally: Tally
}): void {
  const cells = new Map<string, Cell>()
  const rows = new Map<string, { row: RecordedUsage; times: number }>()
  for (const row of input.found) {
    cellOf(row).find(row)
    const known = rows.get(keyOf(row))
    if (known) known.times += 1
    else rows.set(keyOf(row), { row, times: 1 })
  }
  for (const event of input.expected) {
    for (const record of event.records) {
      const expected = expectedRow(event, record, input.groupOf(event.source.batch).catalogueRevision)
      const cell = cellOf(expected)
      cell.expect(expected)
      const key = keyOf(expected)
      const found = rows.get(key)
      rows.delete(key)
      if (found?.times === 1 && isSameRecord(expected, found.row)) cell.same += 1
      else cell.points.push(expected)
    }
  }
  // What is left has no event that says so.
  for (const { row } of rows.values()) cellOf(row).points.push(row)
  for (const cell of cells.values()) cell.addTo(input.tally)

  function cellOf(row: RecordedUsage): Cell {
    const group = input.groupOf(row.batch)
    const hour = row.at - mod(row.at, HOUR_MICROS)
    const key = `${group.first} ${hour} ${row.meterVersion} ${row.meter} ${row.appId}`
    let cell = cells.get(key)
    if (cell === undefined) {
      cell = new Cell(group, row, hour)
      cells.set(key, cell)
    }
    return cell
  }
}

/** As a store keeps it: half a surrogate pair has no UTF-8 and becomes the replacement character. */
function expectedRow(event: Expected, record: UsageRecord, catalogueRevision: bigint): RecordedUsage {
  const { source } = event
  return {
    batch: source.batch,
    pos: source.pos,
    identity: source.identity,
    spaceId: event.spaceId,
    appId: source.appId,
    meter: record.meter,
    meterVersion: record.meterVersion,
    environment: source.event.environment.toWellFormed(),
    installation: (source.event.installation ?? '').toWellFormed(),
    isExempt: record.isExempt,
    at: event.at,
    receivedAt: source.receivedAt,
    subject: (source.event.subject ?? '').toWellFormed(),
    quantity: record.quantity,
    uniqueValue: record.uniqueValue.toWellFormed(),
    dimensions: record.dimensions.map(([key, value]) => [key, value.toWellFormed()] as const),
    entitlementId: record.entitlementId,
    catalogueRevision,
  }
}

function keyOf(row: RecordedUsage): string {
  return `${row.batch}:${row.pos}:${row.meterVersion}:${row.meter}`
}

function isSameRecord(expected: RecordedUsage, found: RecordedUsage): boolean {
  return (
    expected.quantity === found.quantity &&
    expected.at === found.at &&
    expected.appId === found.appId &&
    expected.spaceId === found.spaceId &&
    expected.identity === found.identity &&
    expected.environment === found.environment &&
    expected.installation === found.installation &&
    expected.isExempt === found.isExempt &&
    expected.receivedAt === found.receivedAt &&
    expected.subject === found.subject &&
    expected.uniqueValue === found.uniqueValue &&
    expected.entitlementId === found.entitlementId &&
    expected.catalogueRevision === found.catalogueRevision &&
    dimensionsText(expected.dimensions) === dimensionsText(found.dimensions)
  )
}

function dimensionsText(dimensions: readonly (readonly [string, string])[]): string {
  if (dimensions.length === 0) return ''
  return canonicalTuple([...dimensions].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat())
}

function mod(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by
}

/** One group, app, meter, version and hour. */
class Cell {
  expected = 0
  expectedSum = 0n
  found = 0
  foundSum = 0n
  same = 0
  readonly points: RecordedUsage[] = []
  readonly #scope: Omit<DifferenceScope, 'figure'>

  constructor(group: GroupRange, row: RecordedUsage, hour: Instant) {
    const { shard, first, last } = group
    const { appId, meter, meterVersion } = row
    const nowhere = { spaceId: '', environment: '', isExempt: null }
    this.#scope = { what: 'usage_records', shard, first, last, appId, meter, meterVersion, hour, ...nowhere }
  }

  expect(row: RecordedUsage): void {
    this.expected += 1
    this.expectedSum += row.quantity
  }

  find(row: RecordedUsage): void {
    this.found += 1
    this.foundSum += row.quantity
  }

  addTo(tally: Tally): void {
    const scopes = (['count', 'sum', 'altered'] satisfies Figure[]).map((figure) => ({ ...this.#scope, figure }))
    const [count, sum, altered] = scopes as [DifferenceScope, DifferenceScope, DifferenceScope]
    const expected = BigInt(this.expected)
    tally.count(count, { expected, found: BigInt(this.found) })
    tally.quantity(sum, { expected: this.expectedSum, found: this.foundSum })
    tally.count(altered, { expected, found: BigInt(this.same) })
    for (const row of this.points) for (const scope of scopes) tally.point(scope, row)
  }
}
