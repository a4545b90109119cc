import { addDecimals } from '@meterbook/core/kernel'
import { canonicalZone, windowStart } from '@meterbook/core/window'
import { countVerdicts } from '@meterbook/db/clickhouse'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { HealthView } from '../../features/usage/usage-view.ts'
import { clickhouse } from '../portal/stores.ts'

/** What became of the events received today, in the zone shown. */
export async function readHealth(input: { access: SpaceAccess; zone: string | undefined }): Promise<HealthView> {
  const { access } = input
  const { billingZone } = access.space
  const now = new Date()
  const instant = BigInt(now.getTime()) * 1000n
  const zone = canonicalZone(input.zone ?? billingZone) ?? canonicalZone(billingZone) ?? 'UTC'
  const since = new Date(Number(windowStart(instant, 'day', zone) / 1000n))
  const rows = await countVerdicts(clickhouse(), {
    spaceId: access.space.id,
    appIds: access.apps.map((app) => app.id),
    from: since,
    to: now,
  })
  const sumOf = (verdicts: string[]) =>
    rows.filter((row) => verdicts.includes(row.verdict)).reduce((sum, row) => addDecimals(sum, row.count), '0')
  return {
    asOf: now.toISOString(),
    since: since.toISOString(),
    taken: rows.reduce((sum, row) => addDecimals(sum, row.count), '0'),
    counted: sumOf(['counted']),
    duplicates: sumOf(['duplicate']),
    conflicts: sumOf(['conflict']),
    withdrawn: sumOf(['cancelled', 'dismissed']),
    quarantined: {
      total: sumOf(['quarantined', 'conflict']),
      reasons: rows
        .filter((row) => row.verdict === 'quarantined' || row.verdict === 'conflict')
        .map((row) => ({ reason: row.reason || row.verdict, count: row.count })),
    },
  }
}
