// server/backdating: changes of the catalogue that begin in the past: what each would change, asked for by one person and approved by another.
// Promises: what is asked for was tried and its effect is kept with it; nothing is written before the approval, and then all of it or nothing.
// Does not know: how an act is written and audited, who may decide, rights that are given in the past (server/entitlements), apps that move (server/apps).
import { CatalogueKey, InstantText, MeterSlug, MeterVersionDraft } from '@meterbook/core/catalogue'
import { formatInstant } from '@meterbook/core/kernel'
import { PriceVersionDraft } from '@meterbook/core/rating'
import { z } from 'zod'

/** One change, with the instant from which it holds. */
export const AskedBackdate = z.discriminatedUnion('act', [
  z.object({
    act: z.literal('price.version'),
    book: CatalogueKey,
    capabilityKey: CatalogueKey,
    version: PriceVersionDraft,
  }),
  z.object({
    act: z.literal('subscription.set'),
    book: CatalogueKey,
    spaceId: z.uuid(),
    from: InstantText,
    to: InstantText.nullable().default(null),
  }),
  z.object({ act: z.literal('subscription.end'), subscriptionId: z.uuid(), at: InstantText }),
  z.object({ act: z.literal('entitlement.end'), entitlementId: z.uuid(), at: InstantText }),
  z.object({ act: z.literal('meter.version'), meter: MeterSlug, version: MeterVersionDraft }),
])
export type AskedBackdate = z.infer<typeof AskedBackdate>
export type AskedAct<Name extends AskedBackdate['act']> = Extract<AskedBackdate, { act: Name }>

/** As a proposal keeps it: plain JSON, read again by AskedBackdate. Every bigint of it is an instant. */
export function backdateText(asked: AskedBackdate): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? formatInstant(value) : value)),
  )
}

/** From when on it holds. */
export function beginningOf(asked: AskedBackdate): bigint {
  if ('version' in asked) return asked.version.effectiveFrom
  return asked.act === 'subscription.set' ? asked.from : asked.at
}
