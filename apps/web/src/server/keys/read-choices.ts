import { sampleData } from '@meterbook/core/meter'
import { listMeters, type Pool } from '@meterbook/db/postgres'
import { listEnvironments } from '@meterbook/db/postgres/portal'
import { getWebEnv } from '../env.ts'
import { currentProjector } from '../events/projector-at.ts'
import { prisma } from '../portal/stores.ts'

/** An event type that a meter measures now, with something to send. */
export interface TypeChoice {
  type: string
  meters: string[]
  /** JSON text, indented. */
  data: string
  needsSubject: boolean
}

/** What a form about keys offers: the app's environments, the event types that meters measure now, and where to send. */
export async function readChoices(pool: Pool, { appIds }: { appIds: string[] }) {
  const [meters, environments, projector] = await Promise.all([
    listMeters(pool),
    listEnvironments(prisma(), appIds),
    currentProjector(pool),
  ])
  const now = BigInt(Date.now()) * 1000n
  const types: TypeChoice[] = [...new Set(meters.map(({ eventType }) => eventType))].sort().flatMap((type) => {
    const inForce = projector.catalogue.metersInForce(type, now)
    if (inForce.length === 0) return []
    const versions = inForce.map(({ version }) => version)
    return [
      {
        type,
        meters: inForce.map(({ meter }) => meter.slug),
        data: JSON.stringify(sampleData(versions), null, 2),
        needsSubject: versions.some(({ subjectRequired }) => subjectRequired),
      },
    ]
  })
  return { origin: getWebEnv().url, environments, types }
}
