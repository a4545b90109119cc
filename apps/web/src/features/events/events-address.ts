// Events: the page on which single events are searched, watched as they come, and followed from their receipt to the ledger.
// Promises: everything that is looked for, and the event that is open, is in the address; every figure is the server's own text.
// Does not know: how events are measured, attributed or rated; who may see what.
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

type Answers = inferRouterOutputs<AppRouter>['events']
export type EventRow = Answers['list']['events'][number]
export type ReceiptView = Answers['receipt']
export type LifeView = NonNullable<ReceiptView['life']>
export type ChargesView = NonNullable<Answers['charges']>
export type CapabilityCharge = ChargesView['capabilities'][number]

const NAMES = ['q', 'app', 'verdict', 'type', 'meter', 'subject', 'key', 'from', 'to', 'tail', 'event'] as const

/** `event`: the open one, `app:batch:pos`. `tail`: `1` while the newest are watched. Times are in UTC. */
export type EventsAddress = Partial<Record<(typeof NAMES)[number], string>>

const TEXT_MAX = 200

export function readEventsAddress(get: (name: string) => string | null | undefined): EventsAddress {
  const address: EventsAddress = {}
  for (const name of NAMES) {
    const value = get(name)?.trim()
    if (value) address[name] = value.slice(0, TEXT_MAX)
  }
  return address
}

export function eventsHref(space: string, address: EventsAddress): string {
  const asked = NAMES.flatMap((name) => (address[name] ? [[name, address[name]]] : []))
  const query = new URLSearchParams(asked)
  return query.size === 0 ? `/s/${space}/events` : `/s/${space}/events?${query}`
}

export const VERDICTS = ['counted', 'duplicate', 'conflict', 'quarantined', 'cancelled', 'dismissed'] as const
type Verdict = (typeof VERDICTS)[number]

/** The address as the server's search. */
export function searchOf({ q, app, verdict, type, meter, subject, key, from, to }: EventsAddress) {
  const verdicts = VERDICTS.filter((each): each is Verdict => each === verdict)
  return {
    ...(q === undefined ? {} : { text: q }),
    ...(app === undefined ? {} : { app }),
    ...(verdicts.length === 0 ? {} : { verdicts }),
    ...(type === undefined ? {} : { types: [type] }),
    ...(meter === undefined ? {} : { meter }),
    ...(subject === undefined ? {} : { subject }),
    ...(key === undefined ? {} : { key }),
    ...(from === undefined ? {} : { from: instantOf(from) }),
    ...(to === undefined ? {} : { to: instantOf(to) }),
  }
}

/** Whether anything narrows the list. */
export function isNarrowed({ event: _, tail: __, ...rest }: EventsAddress): boolean {
  return Object.keys(rest).length > 0
}

/** `2026-11-01`, or with an hour `2026-11-01 14:00`; anything else goes as it is, so that the server says what it expected. */
function instantOf(text: string): string {
  const moment = text.replace(' ', 'T')
  if (/^\d{4}-\d\d-\d\d$/.test(moment)) return `${moment}T00:00:00Z`
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(moment) ? `${moment}:00Z` : moment
}

export type EventPlace = { app: string; batch: string; pos: number }

export function placeText({ app, batch, pos }: EventPlace): string {
  return `${app}:${batch}:${pos}`
}

/** Null for a text that is no place. */
export function readPlace(text: string | undefined): EventPlace | null {
  const match = /^([^:]{1,100}):([1-9]\d{0,17}):(\d{1,7})$/.exec(text ?? '')
  return match === null ? null : { app: match[1] ?? '', batch: match[2] ?? '', pos: Number(match[3]) }
}
