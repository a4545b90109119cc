// Quarantine: what is held, from its reason to the fix to the replay, in one place.
// Promises: money first; one event or all of a reason are tried out before anything is done; the address says what is looked at.
// Does not know: what makes an event held, what cures it: the server says both.
import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

type Quarantine = inferRouterOutputs<AppRouter>['quarantine']
export type ReasonView = Quarantine['reasons']['reasons'][number]
export type HeldView = Quarantine['list']['events'][number]
export type HeldEventView = NonNullable<Quarantine['find']>

/** `event`: `app:batch:pos`. */
export type QuarantineAddress = Partial<Record<'reason' | 'verdict' | 'app' | 'type' | 'event', string>>

const NAMES = ['reason', 'verdict', 'app', 'type', 'event'] as const

export function readQuarantineAddress(asked: Record<string, string | string[] | undefined>): QuarantineAddress {
  const address: QuarantineAddress = {}
  for (const name of NAMES) {
    const value = asked[name]
    if (typeof value === 'string' && value.trim() !== '') address[name] = value.trim().slice(0, 1_000)
  }
  return address
}

export function quarantineHref(path: string, address: QuarantineAddress): string {
  const asked = Object.entries(address).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(asked)
  return query.size === 0 ? path : `${path}?${query}`
}

export type HeldVerdict = 'quarantined' | 'conflict'

/** The address as the server's selection. */
export function selectionOf({ reason, verdict, app, type }: QuarantineAddress) {
  const verdicts: HeldVerdict[] = verdict === 'conflict' ? ['conflict'] : ['quarantined']
  return {
    ...(app === undefined ? {} : { app }),
    ...(type === undefined ? {} : { types: [type] }),
    ...(reason === undefined && verdict === undefined ? {} : { verdicts }),
    ...(reason === undefined || verdict === 'conflict' ? {} : { reasons: [reason] }),
  }
}

export function placeOf(event: string): { app: string; batch: string; pos: number } | null {
  const match = /^([^:]{1,100}):([1-9]\d{0,17}):(\d{1,7})$/.exec(event)
  return match === null ? null : { app: match[1] ?? '', batch: match[2] ?? '', pos: Number(match[3]) }
}

/** Where in the catalogue the cure of a reason is made, with what is missing filled in; null where the event itself has to be mended. */
export function fixOf(
  held: Pick<HeldView, 'reason' | 'app' | 'type' | 'time' | 'space'>,
): { href: string; label: string } | null {
  const { reason, app, type, time, space } = held
  const query = (values: Record<string, string>) => new URLSearchParams(values).toString()
  switch (reason) {
    case 'unattributed':
      return { href: `/admin/apps?${query({ app, from: time })}`, label: `Give ${app} an owner` }
    case 'not_entitled':
      return {
        href: `/admin/entitlements?${query({ app, from: time, type, ...(space === null ? {} : { space }) })}`,
        label: `Entitle ${app}`,
      }
    case 'unknown_type':
      return { href: `/admin/meters?${query({ new: 'meter', type, from: time })}`, label: `Define a meter for ${type}` }
    case 'value_missing':
    case 'value_null':
    case 'value_not_a_number':
    case 'value_out_of_range':
    case 'subject_missing':
    case 'data_invalid':
      return { href: `/admin/meters?${query({ type })}`, label: `Look at the meters of ${type}` }
    default:
      return null
  }
}
