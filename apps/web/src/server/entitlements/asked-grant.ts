import { CatalogueKey, InstantText } from '@meterbook/core/catalogue'
import { formatInstant } from '@meterbook/core/kernel'
import type { AskedGrant } from '@meterbook/db/postgres/catalogue-acts'
import { z } from 'zod'

const APPS_MAX = 500
const CAPABILITIES_MAX = 200

/** Which apps are to have which capabilities, [from, to). */
export const AskedRights = z.object({
  appIds: z.array(z.uuid()).min(1, { error: 'expected at least one app' }).max(APPS_MAX),
  capabilityKeys: z.array(CatalogueKey).min(1, { error: 'expected at least one capability' }).max(CAPABILITIES_MAX),
  from: InstantText,
  to: InstantText.nullable().default(null),
})
export type AskedRights = z.infer<typeof AskedRights>

/** As a proposal keeps it: read again by AskedRights. */
export function askedText(asked: AskedGrant) {
  const { appIds, capabilityKeys, from, to } = asked
  return { appIds, capabilityKeys, from: formatInstant(from), to: to === null ? null : formatInstant(to) }
}
