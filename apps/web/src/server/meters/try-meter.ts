import type { MeterVersionDraft, MeterVersionFacts } from '@meterbook/core/catalogue'
import { readEvents, type UsageEvent } from '@meterbook/core/event'
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { dimensionSizes, meterTrial, schemaFault } from '@meterbook/core/meter'
import { listApps } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { MeterRefused } from './meter-refused.ts'
import { sampleEvents } from './sample-events.ts'

/** Recent events that a draft is tried on, and how many of them are shown one by one. */
const SAMPLE_MAX = 2_000
const SHOWN_MAX = 25
const SAMPLE_DAYS = 30n
const MICROS_PER_DAY = 86_400_000_000n

/** A draft as the catalogue would have it. Throws MeterRefused for a JSON Schema that is none. */
export function factsOf(draft: MeterVersionDraft, version = 1): MeterVersionFacts {
  const { effectiveFrom, ...facts } = draft
  const fault = draft.dataSchema === null ? null : schemaFault(draft.dataSchema)
  if (fault !== null) throw new MeterRefused('invalid', `expected a JSON Schema, found one that is none: ${fault}`)
  return { version, from: effectiveFrom, ...facts }
}

interface Shown {
  app: string | null
  id: string
  source: string
  at: string
  event: UsageEvent
}

/** What a draft makes of the newest events of its type, of the whole platform. Writes nothing. */
export async function tryOnRecent(stores: EventStores, input: { draft: MeterVersionDraft; now: Instant }) {
  const { draft, now } = input
  const range = { from: now - SAMPLE_DAYS * MICROS_PER_DAY, to: now + MICROS_PER_DAY }
  const [sample, apps] = await Promise.all([
    sampleEvents(stores, { types: [draft.eventType], ...range, limit: SAMPLE_MAX }),
    listApps(stores.pool, null),
  ])
  const slugs = new Map(apps.map(({ id, slug }) => [id, slug]))
  const events = sample.map(({ event, appId, id, source, at }): Shown => {
    return { app: slugs.get(appId) ?? null, id, source, at: formatInstant(at), event }
  })
  return {
    ...trialText(draft, events),
    sampled: events.length,
    isWhole: events.length < SAMPLE_MAX,
    days: Number(SAMPLE_DAYS),
  }
}

/** The same on what somebody pasted: an event, an array or lines of them, or the bare data of one. */
export function tryOnPasted(input: { draft: MeterVersionDraft; pasted: string; now: Instant }) {
  const events = pastedEvents(input).map((event): Shown => {
    return { app: null, id: event.id, source: event.source, at: formatInstant(event.time ?? input.now), event }
  })
  return { ...trialText(input.draft, events), sampled: events.length, isWhole: true, days: 0 }
}

function trialText(draft: MeterVersionDraft, events: readonly Shown[]) {
  const tried = meterTrial(factsOf(draft))
  const results = events.map(({ event, ...shown }) => ({ ...shown, result: tried(event) }))
  const counted = results.flatMap(({ result }) => (result.ok ? [result] : []))
  const faults = new Map<string, { code: string; detail: string; events: number }>()
  for (const { result } of results) {
    if (result.ok) continue
    const known = faults.get(result.detail)
    if (known) known.events++
    else faults.set(result.detail, { code: result.code, detail: result.detail, events: 1 })
  }
  // those that cannot be counted come first: they are what somebody has to look at
  const shown = results.toSorted((a, b) => Number(a.result.ok) - Number(b.result.ok)).slice(0, SHOWN_MAX)
  return {
    counted: counted.length,
    faults: [...faults.values()].sort((a, b) => b.events - a.events).slice(0, SHOWN_MAX),
    dimensions: dimensionSizes(counted.map(({ dimensions }) => dimensions)),
    shown,
  }
}

function pastedEvents({ draft, pasted }: { draft: MeterVersionDraft; pasted: string }): UsageEvent[] {
  const text = pasted.trim()
  const isBare = text.startsWith('{') && !/"specversion"/.test(text)
  const type = JSON.stringify(draft.eventType)
  const document = isBare
    ? `{"specversion":"1.0","id":"pasted","source":"/pasted","type":${type},"data":${text}}`
    : text
  const isLines = !isBare && text.includes('\n') && text.startsWith('{') && !isJson(text)
  const read = readEvents(isLines ? 'lines' : 'either', document)
  if (!read.ok) throw new MeterRefused('invalid', read.code === 'count' ? 'expected fewer events' : read.message)
  return read.events.map((each) => {
    if (each.ok) return each.event
    const [error] = each.errors
    throw new MeterRefused(
      'invalid',
      `event ${each.index + 1}: ${error?.field ?? ''} ${error?.message ?? 'cannot be read'}`,
    )
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
