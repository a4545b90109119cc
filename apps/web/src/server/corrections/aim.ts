import type { Act, ActName, EventError, JournalPlace } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import { ELIGIBLE_VERDICTS, type Verdict } from '@meterbook/core/projection'
import {
  countEvents,
  type EventFilter,
  findEventPlaces,
  type IndexedEvent,
  readEventsAt,
} from '@meterbook/db/clickhouse'
import { type NamedApp, readContentsInLots } from '@meterbook/db/postgres'
import { type EventSight, type EventStores, sightFilter, sightOfApp } from '../events/event-sight.ts'
import {
  type AskedCorrection,
  CorrectionRefused,
  type EventPlace,
  type EventSelection,
  TARGETS_MAX,
} from './asked-correction.ts'
import { checkContent } from './check-content.ts'

/** What an asking comes to: explicit targets, app by app. */
export interface Aim {
  act: ActName
  apps: { app: NamedApp; targets: Act['targets'] }[]
  /** How the events were chosen, for whoever reads it later. */
  chosenBy: Record<string, unknown>
}

/** `contents`: errors of new contents, each with the place it was meant for; nothing is done then. */
export type AimResult = { ok: true; aim: Aim } | { ok: false; contents: ContentFault[] }

export interface ContentFault {
  app: string
  batch: string
  pos: number
  errors: EventError[]
}

/**
 * Finds what an asking is aimed at, now. `verdicts`: what the asker may touch; an event that is something else is out of their hands. Throws
 * CorrectionRefused for an event out of sight, for more than TARGETS_MAX events, and for none.
 */
export async function takeAim(
  stores: EventStores,
  input: { sight: EventSight; asked: AskedCorrection; verdicts: readonly Verdict[] },
): Promise<AimResult> {
  const { sight, asked, verdicts } = input
  if ('places' in asked.on) return aimAtPlaces(stores, { sight, act: asked.act, places: asked.on.places, verdicts })
  return { ok: true, aim: await aimByFilter(stores, { sight, act: asked.act, selection: asked.on.filter, verdicts }) }
}

async function aimByFilter(
  stores: EventStores,
  input: { sight: EventSight; act: ActName; selection: EventSelection; verdicts: readonly Verdict[] },
): Promise<Aim> {
  const { act, selection } = input
  if (act === 'amend')
    throw new CorrectionRefused('invalid', 'expected the events to be named one by one, each with its new content')
  if (
    act === 'reattribute' &&
    (selection.app === undefined || selection.from === undefined || selection.to === undefined)
  ) {
    throw new CorrectionRefused('invalid', 'expected an app and a range of time, from and to')
  }
  const asked: readonly Verdict[] = selection.verdicts ?? input.verdicts
  const filter: EventFilter = {
    ...selectionFilter(input.sight, selection),
    verdicts: asked.filter((verdict) => input.verdicts.includes(verdict) && ELIGIBLE_VERDICTS[act].includes(verdict)),
    ...(act !== 'dismiss' && { isFirst: true }),
  }
  const found = await countEvents(stores.clickhouse, filter)
  if (found > TARGETS_MAX) {
    throw new CorrectionRefused(
      'invalid',
      `expected at most ${TARGETS_MAX} events, found ${found}: ask for a part of them`,
    )
  }
  const places = await findEventPlaces(stores.clickhouse, { filter, limit: TARGETS_MAX })
  const { from, to, ...rest } = selection
  const chosenBy = {
    ...rest,
    ...(from !== undefined && { from: formatInstant(from) }),
    ...(to !== undefined && { to: formatInstant(to) }),
  }
  return { act, apps: byApp(input.sight, places), chosenBy }
}

/** A selection as a filter that holds to the asker's sight. Throws CorrectionRefused for an app that is out of it. */
export function selectionFilter(sight: EventSight, selection: EventSelection): EventFilter {
  const { app, ...rest } = selection
  const ofApp = app === undefined ? sight : sightOfApp(sight, app)
  if (ofApp === null) throw new CorrectionRefused('not_found', 'No such app')
  return { ...rest, ...sightFilter(ofApp) }
}

function byApp(sight: EventSight, places: readonly (JournalPlace & { appId: string })[]): Aim['apps'] {
  const apps = new Map(sight.apps.map((app) => [app.id, app]))
  const groups = Map.groupBy(places, ({ appId }) => appId)
  if (places.length === 0) throw new CorrectionRefused('not_found', 'No event fits: there is nothing to do')
  return [...groups].flatMap(([appId, ofApp]) => {
    const app = apps.get(appId)
    return app === undefined ? [] : [{ app, targets: ofApp.map(({ batch, pos }) => ({ batch, pos })) }]
  })
}

type AskedPlace = EventPlace & { content?: string | undefined }

async function aimAtPlaces(
  stores: EventStores,
  input: { sight: EventSight; act: ActName; places: readonly AskedPlace[]; verdicts: readonly Verdict[] },
): Promise<AimResult> {
  const { act, places } = input
  if (act === 'amend' && places.some(({ content }) => content === undefined)) {
    throw new CorrectionRefused('invalid', 'expected new content for each event that is to be amended')
  }
  if (act !== 'amend' && act !== 'replay' && places.some(({ content }) => content !== undefined)) {
    throw new CorrectionRefused('invalid', `expected no new content: ${act} takes none`)
  }
  const apps: Aim['apps'] = []
  const faults: ContentFault[] = []
  for (const [app, asked] of Map.groupBy(places, (place) => appOf(input.sight, place.app))) {
    const events = await eventsInSight(stores, { sight: input.sight, app: app.id, places: asked })
    const other = events.find(({ event }) => !input.verdicts.includes(event.verdict))
    if (other !== undefined) {
      throw new CorrectionRefused(
        'forbidden',
        `expected events that are ${input.verdicts.join(' or ')}, found one that is ${other.event.verdict}`,
      )
    }
    const targets = await withContents(stores, { app, asked, events: events.map(({ event }) => event), faults })
    apps.push({ app, targets })
  }
  return faults.length > 0 ? { ok: false, contents: faults } : { ok: true, aim: { act, apps, chosenBy: {} } }
}

/** The targets with their new contents, where they bring some; what is wrong with those is added to `faults`. */
async function withContents(
  stores: EventStores,
  input: { app: NamedApp; asked: readonly AskedPlace[]; events: readonly IndexedEvent[]; faults: ContentFault[] },
): Promise<Act['targets']> {
  const { app, asked, events, faults } = input
  const edited = events.filter((_, index) => asked[index]?.content !== undefined)
  const stored = await readContentsInLots(stores.pool, {
    shard: app.shard,
    places: edited.map(({ content }) => content),
  })
  const originals = new Map(edited.map((event, index) => [event, stored[index]?.event ?? null]))
  return events.map((event, index) => {
    const target = { batch: event.batch, pos: event.pos }
    const content = asked[index]?.content
    if (content === undefined) return target
    const { source, id, installation } = event
    const checked = checkContent(content, { source, id, installation, app: originals.get(event)?.app ?? null })
    if (checked.ok) return { ...target, event: checked.text }
    faults.push({ app: app.slug, batch: event.batch.toString(), pos: event.pos, errors: checked.errors })
    return target
  })
}

function appOf(sight: EventSight, name: string): NamedApp {
  const named = sightOfApp(sight, name)
  if (named === null) throw new CorrectionRefused('not_found', 'No such event')
  return named.app
}

/** Single events by their places, in their order. Throws CorrectionRefused if one is not there, which is the same as out of sight. */
export async function eventsInSight(
  { clickhouse }: EventStores,
  input: { sight: EventSight; app: string; places: readonly JournalPlace[] },
): Promise<{ app: NamedApp; event: IndexedEvent }[]> {
  const sight = sightOfApp(input.sight, input.app)
  if (sight === null) throw new CorrectionRefused('not_found', 'No such event')
  const { app } = sight
  const filter = sightFilter(sight)
  const events = new Map<string, IndexedEvent>()
  for (let at = 0; at < input.places.length; at += LOOKUP_MAX) {
    const places = input.places.slice(at, at + LOOKUP_MAX)
    const found = await readEventsAt(clickhouse, { filter, shard: app.shard, places })
    for (const event of found) events.set(`${event.batch}:${event.pos}`, event)
  }
  return input.places.map(({ batch, pos }) => {
    const event = events.get(`${batch}:${pos}`)
    if (event === undefined) throw new CorrectionRefused('not_found', 'No such event')
    return { app, event }
  })
}

/** Places that fit into one question. */
const LOOKUP_MAX = 1_000
