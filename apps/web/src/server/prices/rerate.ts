import { type WhatIfAccount, whatIfAccounts } from '@meterbook/core/posting'
import { type PriceVersion, priceSegments } from '@meterbook/core/rating'
import type { Window } from '@meterbook/core/window'
import { type BillingSpace, inSnapshot, listOwnedSpells, type Pool, readPosted } from '@meterbook/db/postgres'

const APPS_MAX = 2_000

/** What is posted of one capability, for a space and a billing period, under two lists of prices: app by app, exactly. */
export async function rerate(
  pool: Pool,
  input: {
    space: BillingSpace
    period: Window
    capabilityKey: string
    actual: readonly PriceVersion[]
    draft: readonly PriceVersion[]
  },
): Promise<WhatIfAccount[]> {
  const { space, period, capabilityKey, actual, draft } = input
  const cuts = [
    ...new Set([actual, draft].flatMap((timeline) => priceSegments(timeline, period).map(({ start }) => start))),
  ].sort((a, b) => (a < b ? -1 : 1))
  const posted = await inSnapshot(pool, async (client) => {
    const spells = await listOwnedSpells(client, { spaceId: space.id, period })
    const appIds = [...new Set(spells.flatMap((spell) => spell.appIds))].sort().slice(0, APPS_MAX)
    const accounts = appIds.map((appId) => ({ appId, capabilityKey, periodStart: period.start }))
    return readPosted(client, { spaceId: space.id, accounts, starts: [], cuts })
  })
  return whatIfAccounts({ posted, actual, draft, period })
}
