import { attribute } from '@meterbook/core/attribution'
import { TEST_INSTALLATION } from '@meterbook/core/event'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import type { EventState } from '@meterbook/core/projection'
import { cureOf } from '@meterbook/core/quarantine'
import { type RecordedState, readEventStates } from '@meterbook/db/clickhouse'
import { readContentsInLots, readOrigins, readRevisions, readSpaces } from '@meterbook/db/postgres'
import { actsUpon } from './event-acts.ts'
import type { EventSight, EventStores } from './event-sight.ts'
import { eventTrace } from './event-trace.ts'
import { eventWindows } from './event-windows.ts'
import type { FoundEvent } from './find-event.ts'
import { meterUnits, quantityText } from './meter-units.ts'
import { projectorAt } from './projector-at.ts'

/** Later than any act: the state as it is now. */
const FOR_EVER = 9_223_372_036_854_775_807n

/** The life of one event, step by step, as texts: what the public interface and the portal show alike. */
export type EventLife = Awaited<ReturnType<typeof lifeOf>>

/** Tells the life of an event that was worked on, to whoever has this sight. `now`: microseconds since the epoch. */
export async function lifeOf(
  stores: EventStores,
  input: { found: Extract<FoundEvent, { kind: 'projected' }>; sight: EventSight; now: Instant },
) {
  const { found, sight, now } = input
  const { app, states, reach } = found
  const present = states.at(-1) ?? states[0]
  const place = { batch: present.batch, pos: present.pos }
  const { shard } = app
  const numbers = [...new Set([place.batch, present.entry.batch, ...found.repeats.map(({ batch }) => batch)])]
  const [origins, revisions, [state], [content], units] = await Promise.all([
    readOrigins(stores.pool, { shard, numbers }),
    readRevisions(stores.pool, { shard, numbers: [present.entry.batch] }),
    readEventStates(stores.clickhouse, { shard, appId: app.id, before: FOR_EVER, places: [place] }),
    readContentsInLots(stores.pool, { shard, places: [present.content] }),
    meterUnits(stores.pool),
  ])
  const revision = revisions.get(present.entry.batch) ?? null
  return {
    ...headOf(present, app),
    state: present.verdict,
    received: {
      at: formatInstant(present.receivedAt),
      key: origins.get(place.batch)?.key ?? null,
      journal: {
        shard,
        number: place.batch.toString(),
        position: place.pos,
        digest: origins.get(place.batch)?.digest ?? null,
        events: origins.get(place.batch)?.eventCount ?? null,
      },
    },
    trace: await eventTrace(stores, {
      place: { shard, ...place },
      receivedAt: present.receivedAt,
      content: content?.text ?? null,
    }),
    verdict: {
      verdict: present.verdict,
      reason: present.reason,
      detail: present.detail,
      cure: cureOf(present)?.text ?? null,
    },
    attribution: revision === null ? null : await attributionOf(stores, { present, state: state ?? null, revision }),
    usage: (state?.records ?? []).map((record) => ({
      meter: record.meter,
      meterVersion: record.meterVersion,
      ...quantityText(units, record),
      isExempt: record.isExempt,
      uniqueValue: record.uniqueValue === '' ? null : record.uniqueValue,
      dimensions: Object.fromEntries(record.dimensions),
    })),
    ...eventWindows({ at: present.at, receivedAt: present.receivedAt, reach, now }),
    repeats: {
      count: found.repeatCount,
      named: found.repeats.map((repeat) => ({
        verdict: repeat.verdict,
        detail: repeat.detail,
        receivedAt: formatInstant(repeat.receivedAt),
        key: origins.get(repeat.batch)?.key ?? null,
        journal: { shard, number: repeat.batch.toString(), position: repeat.pos },
      })),
    },
    acts: await actsUpon(stores, { app, states, units, visibleSpaceId: sight.spaceId }),
    content: content?.text ?? null,
  }
}

/** What there is to say of an event that was taken and whose turn has not come. */
export function lifeOfTaken(found: Extract<FoundEvent, { kind: 'taken' }>) {
  const { app, event, place, receivedAt, reach, text } = found
  return {
    app: { id: app.id, slug: app.slug },
    source: event.source,
    id: event.id,
    type: event.type,
    subject: event.subject,
    time: formatInstant(event.time ?? receivedAt),
    environment: event.environment,
    installation: event.installation,
    isTest: event.installation === TEST_INSTALLATION,
    state: 'taken' as const,
    received: {
      at: formatInstant(receivedAt),
      journal: { shard: app.shard, number: place.batch.toString(), position: place.pos },
    },
    waiting: {
      /** Journal rows of the shard that are worked on before it. */
      rowsBefore: (place.batch - reach.projected - 1n).toString(),
      isRebuilding: reach.isRebuilding,
    },
    content: text,
  }
}

function headOf(present: RecordedState, app: { id: string; slug: string }) {
  return {
    app: { id: app.id, slug: app.slug },
    source: present.source,
    id: present.id,
    type: present.type,
    subject: present.subject === '' ? null : present.subject,
    time: formatInstant(present.at),
    environment: present.environment,
    installation: present.installation === '' ? null : present.installation,
    /** Measured and shown, and never billed. */
    isTest: present.installation === TEST_INSTALLATION,
  }
}

/** By which facts of the catalogue, in the revision that was in force when its present state was recorded. */
async function attributionOf(
  stores: EventStores,
  input: { present: RecordedState; state: EventState | null; revision: bigint },
) {
  const { present, state, revision } = input
  const { catalogue } = await projectorAt(stores.pool, revision)
  const { appId, at } = present
  const installation = present.installation === '' ? null : present.installation
  const ownership = catalogue.ownershipOf(appId, at)
  const attribution = attribute({ catalogue, appId, installation, at })
  const space = (await readSpaces(stores.pool, [present.spaceId])).get(present.spaceId)
  return {
    catalogueRevision: revision.toString(),
    space: space ?? null,
    ownership: ownership === null ? null : { spaceId: ownership.spaceId, ...validity(ownership) },
    isExempt: attribution.ok && attribution.isExempt,
    entitlements: (state?.records ?? []).flatMap((record) => {
      const inForce = catalogue.metersInForce(present.type, at).find(({ meter }) => meter.slug === record.meter)
      const capabilityKey = inForce?.meter.capabilityKey
      if (capabilityKey === undefined) return []
      const entitlement = catalogue.entitlementOf({ appId, spaceId: record.spaceId, capabilityKey, at })
      if (entitlement === null) return []
      const { id, subscriptionId } = entitlement
      return [{ meter: record.meter, capability: capabilityKey, id, subscriptionId, ...validity(entitlement) }]
    }),
  }
}

function validity({ from, to }: { from: Instant; to: Instant | null }): { from: string; to: string | null } {
  return { from: formatInstant(from), to: to === null ? null : formatInstant(to) }
}
