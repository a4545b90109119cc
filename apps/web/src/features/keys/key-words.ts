import type { inferRouterOutputs } from '@trpc/server'
import type { AppRouter } from '../../server/trpc/router.ts'

export type KeyView = inferRouterOutputs<AppRouter>['keys']['list'][number]
export type KeyChoices = inferRouterOutputs<AppRouter>['keys']['choices']
export type IssuedKey = inferRouterOutputs<AppRouter>['keys']['create']

export const PURPOSES = [
  { value: 'send', label: 'Send usage' },
  { value: 'send and read', label: 'Send usage, and read it' },
  { value: 'read', label: 'Read usage' },
  { value: 'test', label: 'Send test events, never billed' },
] as const

export const STATES: Record<KeyView['state'], string> = {
  active: 'active',
  rotating: 'being replaced',
  expired: 'expired',
  revoked: 'revoked',
}

/** What a key may, in one line. */
export function scopeWords(key: KeyView): string {
  const purpose = PURPOSES.find(({ value }) => value === key.purpose)?.label ?? key.scopes.join(', ')
  const rates = [
    ...(key.eventsPerSecond === null ? [] : [`${key.eventsPerSecond} events/s`]),
    ...(key.requestsPerSecond === null ? [] : [`${key.requestsPerSecond} requests/s`]),
  ]
  return [
    purpose,
    ...(key.eventTypes.length === 0 ? [] : [`types ${key.eventTypes.join(', ')}`]),
    ...(key.environments.length === 0 ? [] : [`in ${key.environments.join(', ')}`]),
    ...rates,
  ].join(' · ')
}

/** A field of names divided by commas. */
export function namesOf(value: FormDataEntryValue | null): string[] {
  return String(value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** `2027-01-31` or `2027-01-31 18:00`, in UTC, as RFC 3339; null for nothing. What cannot be read goes to the server as it is, and comes back in words. */
export function instantOf(value: FormDataEntryValue | null): string | null {
  const text = String(value ?? '').trim()
  if (text === '') return null
  const [day, time = '00:00'] = text.split(/[ T]/)
  return `${day}T${time}:00Z`
}

export function numberOf(value: FormDataEntryValue | null): number | null {
  const text = String(value ?? '').trim()
  return text === '' ? null : Number(text)
}
