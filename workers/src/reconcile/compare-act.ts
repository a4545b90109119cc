import type { RecordInForce } from '@meterbook/core/projection'
import type { DifferenceScope, Tally } from '@meterbook/core/reconciliation'
import { readActRows } from '@meterbook/db/clickhouse'
import type { ProjectionGroup } from '@meterbook/db/postgres'
import { prepareAct } from '../attribute/prepare-act.ts'
import { type GroupsLook, hourOf, type LookDeps, touch } from './look.ts'

/**
 * An act's rows against what the act must have done, worked out again from the states that its targets had before it: by app, the rows it
 * added to and reversed in the event index; by app, meter, version and hour, the net count and sum of its usage records.
 */
export async function compareAct(
  deps: LookDeps,
  input: { group: ProjectionGroup; batch: bigint; tally: Tally; look: GroupsLook },
): Promise<void> {
  const { group, batch, tally, look } = input
  const { shard, first, last } = group
  const { effects } = await prepareAct(deps, { ...group, first: batch, last: batch })
  const index = (appId: string): DifferenceScope => ({
    ...{ what: 'event_index', figure: 'count', shard, first, last, appId },
    ...{ meter: '', meterVersion: null, hour: null, spaceId: '', environment: '', isExempt: null },
  })
  const usage = (figure: 'count' | 'sum' | 'reversals', row: { appId: string } & UsageCell): DifferenceScope => ({
    ...{ what: 'usage_records', figure, shard, first, last, appId: row.appId },
    ...{ meter: row.meter, meterVersion: row.meterVersion, hour: row.hour },
    ...{ spaceId: '', environment: '', isExempt: null },
  })
  for (const { state, event } of effects) {
    const { appId } = state
    // One row in, one row out, for every target that the act had an effect on.
    tally.count(index(appId), { expected: 2n })
    for (const record of state.records) {
      const row = { appId, ...cellOf(record, record.at) }
      tally.count(usage('reversals', row), { expected: 1n })
      tally.count(usage('count', row), { expected: -1n })
      tally.quantity(usage('sum', row), { expected: -record.quantity })
      touch(look, appId, record.at)
    }
    for (const record of event.records) {
      const row = { appId, ...cellOf(record, event.at) }
      tally.count(usage('count', row), { expected: 1n })
      tally.quantity(usage('sum', row), { expected: record.quantity })
      touch(look, appId, event.at)
    }
  }
  for (const row of await readActRows(deps.clickhouse, { shard, batch })) {
    if (row.hour === null) {
      tally.count(index(row.appId), { found: row.added + row.reversed })
      continue
    }
    const cell = { appId: row.appId, meter: row.meter, meterVersion: row.meterVersion, hour: row.hour }
    tally.count(usage('reversals', cell), { found: row.reversed })
    tally.count(usage('count', cell), { found: row.added - row.reversed })
    tally.quantity(usage('sum', cell), { found: row.sum })
  }
}

interface UsageCell {
  meter: string
  meterVersion: number
  hour: bigint
}

function cellOf(record: Pick<RecordInForce, 'meter' | 'meterVersion'>, at: bigint): UsageCell {
  return { meter: record.meter, meterVersion: record.meterVersion, hour: hourOf(at) }
}
