import { formatInstant, QUANTITY_SCALE, toScaled } from '@meterbook/core/kernel'
import { type RecordedState, type RecordedUsage, readRecordedUsageOf } from '@meterbook/db/clickhouse'
import { findCorrectionsAt, type NamedApp, readSpaces } from '@meterbook/db/postgres'
import type { EventStores } from './event-sight.ts'
import { type MeterUnits, quantityText } from './meter-units.ts'

/**
 * Every act that changed an event, oldest first: who, why, when, and what the event was before and after it. Acts that found nothing to
 * change left no trace on the event; they are in the list of corrections. `visibleSpaceId`: other spaces are not named; null: all are.
 */
export async function actsUpon(
  stores: EventStores,
  input: { app: NamedApp; states: readonly RecordedState[]; units: MeterUnits; visibleSpaceId: string | null },
) {
  const { app, states, units, visibleSpaceId } = input
  const acted = states.filter(({ act }) => act !== '')
  const [first] = states
  if (acted.length === 0 || first === undefined) return []
  const { shard } = app
  const [corrections, usage, spaces] = await Promise.all([
    findCorrectionsAt(stores.pool, { shard, batches: acted.map(({ entry }) => entry.batch) }),
    readRecordedUsageOf(stores.clickhouse, { appId: app.id, shard, place: { batch: first.batch, pos: first.pos } }),
    readSpaces(
      stores.pool,
      states.map(({ spaceId }) => spaceId).filter((id) => visibleSpaceId === null || id === visibleSpaceId),
    ),
  ])
  const stateText = (state: RecordedState) => ({
    verdict: state.verdict,
    reason: state.reason,
    detail: state.detail,
    time: formatInstant(state.at),
    space: spaces.get(state.spaceId)?.slug ?? null,
    usage: usage.filter((record) => isOfState(record, state)).map((record) => usageText(record, units)),
  })
  return acted.map((after) => {
    const before = states.find(
      ({ reversedBy }) => reversedBy?.batch === after.entry.batch && reversedBy.pos === after.entry.pos,
    )
    const correction = corrections.get(after.entry.batch)
    return {
      act: after.act,
      correctionId: correction?.id ?? null,
      actor: correction?.actor.name ?? null,
      reason: correction?.reason ?? null,
      at: correction === undefined ? null : formatInstant(correction.recordedAt),
      journal: { shard, number: after.entry.batch.toString(), position: after.entry.pos },
      before: before === undefined ? null : stateText(before),
      after: stateText(after),
    }
  })
}

function isOfState(record: RecordedUsage, { entry }: RecordedState): boolean {
  return record.entry.batch === entry.batch && record.entry.pos === entry.pos
}

function usageText(record: RecordedUsage, units: MeterUnits) {
  const scaled = toScaled(record.quantity, QUANTITY_SCALE)
  if (!scaled.ok) throw new Error(`expected a quantity of at most ${QUANTITY_SCALE} digits after the point`)
  return {
    meter: record.meter,
    meterVersion: record.meterVersion,
    ...quantityText(units, { ...record, quantity: scaled.value }),
  }
}
