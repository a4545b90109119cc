// server/entitlements: which app may use what and since when, what is missing, and what giving it would change.
// Promises: a right in the past needs a second person, and with it the usage that it changes is tried again in one transaction; a trial writes nothing.
// Does not know: sessions, how an act is worked on, what was billed.
import { formatInstant, type Instant } from '@meterbook/core/kernel'
import { listApps, listCapabilities, listSpaceNames, type Pool } from '@meterbook/db/postgres'
import { readRightFacts } from '@meterbook/db/postgres/catalogue-acts'

/** Every app with its rights, by slug; `space`: who owns it now. One of them with `app`, by its slug. */
export async function readRights(
  pool: Pool,
  input: { space?: string | undefined; app?: string | undefined; now: Instant },
) {
  const { now } = input
  const [apps, spaces, capabilities] = await Promise.all([
    listApps(pool, null),
    listSpaceNames(pool),
    listCapabilities(pool),
  ])
  const facts = await readRightFacts(
    pool,
    apps.map(({ id }) => id),
  )
  const spaceOf = new Map(spaces.map((space) => [space.id, space]))
  const isNow = ({ from, to }: { from: Instant; to: Instant | null }) => from <= now && (to === null || now < to)
  const rows = apps.map(({ id, slug, name }) => {
    const owner = facts.ownerships.find((row) => row.appId === id && isNow(row))
    const rights = facts.entitlements.filter((row) => row.appId === id && (row.to === null || row.from < row.to))
    return {
      ...{ id, slug, name, space: owner === undefined ? null : (spaceOf.get(owner.spaceId) ?? null) },
      rights: rights
        .sort((a, b) => (a.from < b.from ? -1 : 1))
        .map((row) => ({
          ...{ id: row.id, capabilityKey: row.capabilityKey, from: formatInstant(row.from) },
          to: row.to === null ? null : formatInstant(row.to),
          isInForce: isNow(row),
        })),
    }
  })
  return {
    now: formatInstant(now),
    capabilities: capabilities.map(({ key, name }) => ({ key, name })),
    spaces: spaces.map(({ slug, name }) => ({ slug, name })),
    apps: rows.filter(
      (row) =>
        (input.space === undefined || row.space?.slug === input.space) &&
        (input.app === undefined || row.slug === input.app),
    ),
  }
}
