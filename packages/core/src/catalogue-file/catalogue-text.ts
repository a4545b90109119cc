import { z } from 'zod'
import { parseInstant } from '../kernel/index.ts'
import { canonicalZone } from '../window/index.ts'

/** A name in addresses, for ever: `sprint-radar`. Nothing that could be taken for an id. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/, {
    error: 'expected 1 to 63 small letters, digits, - or _, such as sprint-radar',
  })
  .refine((text) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text), {
    error: 'expected a name, found the form of an id',
  })

/** What an event names: an environment or an installation. Any text on one line. */
export const EventKey = oneLine(100)

/** What people read. */
export const DisplayName = oneLine(200)

export const CurrencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: 'expected a currency of ISO 4217 such as USD' })
  .refine((code) => Intl.supportedValuesOf('currency').includes(code), {
    error: 'expected a currency of ISO 4217 such as USD',
  })

export const BillingZone = z
  .string()
  .max(100)
  .refine((name) => canonicalZone(name) !== null, { error: 'expected a time zone such as Europe/Berlin or UTC' })

export const InstantText = z.string().refine((text) => parseInstant(text).ok, {
  error: 'expected an instant with its zone, such as 2026-07-01T00:00:00Z',
})

/** As the catalogue keeps amounts: 20 digits before the point and 18 after it. */
export const AmountText = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})(\.\d{1,18})?$/, { error: 'expected a plain decimal in quotes, such as "0.05"' })

/** 1 to `max` characters, none of them a control character. */
export function oneLine(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, { error: 'expected text on one line' })
    .refine((text) => text.trim() === text && text.isWellFormed(), {
      error: 'expected text without spaces around it',
    })
}
