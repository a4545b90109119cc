import type { Aggregation } from '@meterbook/core/catalogue'
import type { PrismaClient } from './prisma.ts'
import { readShardLagsBy } from './shard-lag.ts'

/**
 * An app as the portal names it. `series` is its colour number, 1 to 7. `isOwned` is false for one that has moved to another space, and for one that
 * is archived: its past is seen, and nothing new is done with it.
 */
export type PortalApp = {
  id: string
  slug: string
  name: string
  series: number
  shard: number
  isOwned: boolean
  isArchived: boolean
}

export type PortalSpace = { id: string; slug: string; name: string; currency: string; billingZone: string }

/** What one person may see of one space. `platform` is the role of a platform admin, whether a member or not. */
export type SpaceAccess = {
  space: PortalSpace
  role: 'viewer' | 'developer' | 'admin' | 'platform'
  isBillingAdmin: boolean
  apps: PortalApp[]
}

type Asking = { personId: string; isPlatformAdmin: boolean }

/** The spaces a person may enter, by name, with the number of apps they would see there now. */
export async function listSpaces(
  prisma: PrismaClient,
  asking: Asking,
): Promise<(PortalSpace & { appCount: number })[]> {
  const spaces = await prisma.developerSpace.findMany({
    where: {
      archivedAt: null,
      ...(asking.isPlatformAdmin ? {} : { memberships: { some: { personId: asking.personId } } }),
    },
    include: {
      memberships: { where: { personId: asking.personId } },
      ownerships: { where: inForce(new Date()), include: { app: { include: contributorsOf(asking.personId) } } },
    },
    orderBy: [{ name: 'asc' }, { slug: 'asc' }],
  })
  return spaces.map((space) => ({
    ...spaceOf(space),
    appCount: space.ownerships.filter(
      ({ app }) => app.archivedAt === null && isInSight(app, roleOf(asking, space.memberships[0])),
    ).length,
  }))
}

/** The person's way into one space, or null: no such space and no right to it are the same answer. One question: every page asks it several times. */
export async function findSpaceAccess(
  prisma: PrismaClient,
  asking: Asking & { spaceSlug: string },
): Promise<SpaceAccess | null> {
  const rows = await prisma.$queryRaw<AccessRow[]>`
    SELECT s.id, s.slug, s.name, s.currency, s.billing_zone AS "billingZone", m.role::text AS role,
      coalesce(m.is_billing_admin, false) AS "isBillingAdmin", a.id AS "appId", a.slug AS "appSlug", a.name AS "appName", a.series, a.shard,
      a.archived_at IS NOT NULL AS "isArchived", o.effective_from AS "effectiveFrom", o.effective_to AS "effectiveTo",
      EXISTS (SELECT FROM app_contributor c WHERE c.app_id = a.id AND c.person_id = ${asking.personId}) AS "isContributor"
    FROM developer_space s
      LEFT JOIN membership m ON m.space_id = s.id AND m.person_id = ${asking.personId}
      LEFT JOIN app_ownership o ON o.space_id = s.id LEFT JOIN app a ON a.id = o.app_id
    WHERE s.slug = ${asking.spaceSlug} AND (s.archived_at IS NULL OR ${asking.isPlatformAdmin})`
  const [space] = rows
  // an archived space is for those who run the platform: its past stays
  if (!space || !(space.role || asking.isPlatformAdmin)) return null
  const role = roleOf(asking, space.role ? { role: space.role } : undefined)
  const apps = new Map<string, PortalApp>()
  const now = new Date()
  for (const { appId: id, effectiveFrom, effectiveTo, isArchived, isContributor, ...app } of rows) {
    if (id === null || effectiveFrom === null) continue
    // one that is still to come shows when it is there; one without any time never was
    const isInSight = role !== 'developer' || isContributor
    if (!isInSight || effectiveFrom > now || effectiveTo?.getTime() === effectiveFrom.getTime()) continue
    const isNow = !isArchived && (effectiveTo === null || effectiveTo > now)
    // an app that left and came back has several rows: owned if any of them is still open
    const isOwned = isNow || apps.get(id)?.isOwned === true
    const { appSlug: slug, appName: name, series, shard } = app
    apps.set(id, { id, slug, name, series, shard, isOwned, isArchived })
  }
  return {
    space: spaceOf(space),
    role,
    isBillingAdmin: space.isBillingAdmin,
    apps: [...apps.values()].sort((a, b) => a.name.localeCompare(b.name, 'en') || a.slug.localeCompare(b.slug, 'en')),
  }
}

/** A space with one of its apps; those of the app are null where it has none. */
type AccessRow = PortalSpace & {
  role: 'viewer' | 'developer' | 'admin' | null
  isBillingAdmin: boolean
  appSlug: string
  appName: string
  series: number
  shard: number
  isArchived: boolean
  effectiveTo: Date | null
  isContributor: boolean
} & ({ appId: string; effectiveFrom: Date } | { appId: null; effectiveFrom: null })

/** The price book that a space is billed by at `now`, and since when its newest price is in force; null: none. */
export async function findPriceBook(
  prisma: PrismaClient,
  asking: { spaceId: string; now: Date },
): Promise<{ name: string; since: Date } | null> {
  const subscription = await prisma.subscription.findFirst({
    where: { spaceId: asking.spaceId, ...inForce(asking.now) },
    include: {
      priceBook: {
        include: {
          prices: { where: { effectiveFrom: { lte: asking.now } }, orderBy: { effectiveFrom: 'desc' }, take: 1 },
        },
      },
    },
  })
  const [newest] = subscription?.priceBook.prices ?? []
  return subscription && newest ? { name: subscription.priceBook.name, since: newest.effectiveFrom } : null
}

/** The environments that any of these apps has, by key. */
export async function listEnvironments(prisma: PrismaClient, appIds: string[]): Promise<string[]> {
  const rows = await prisma.environment.findMany({
    where: { appId: { in: appIds } },
    distinct: ['key'],
    select: { key: true },
    orderBy: { key: 'asc' },
  })
  return rows.map(({ key }) => key)
}

function contributorsOf(personId: string) {
  return { contributors: { where: { personId }, select: { personId: true } } }
}

function roleOf(
  asking: Asking,
  membership: { role: 'viewer' | 'developer' | 'admin' } | undefined,
): SpaceAccess['role'] {
  return asking.isPlatformAdmin ? 'platform' : (membership?.role ?? 'viewer')
}

function isInSight(app: { contributors: unknown[] }, role: SpaceAccess['role']): boolean {
  return role !== 'developer' || app.contributors.length > 0
}

function inForce(now: Date) {
  return { effectiveFrom: { lte: now }, OR: [{ effectiveTo: null }, { effectiveTo: { gt: now } }] }
}

function spaceOf(space: PortalSpace): PortalSpace {
  const { id, slug, name, currency, billingZone } = space
  return { id, slug, name, currency, billingZone }
}

/** A meter as the portal names it, with what turns its recorded base measure into its unit: quantity = base ÷ divisor, by version. */
export type PortalMeter = {
  slug: string
  name: string
  description: string | null
  unit: string
  capabilityKey: string
  capabilityName: string
  versions: { version: number; aggregation: Aggregation; percentile: string | null; divisor: string }[]
  /** names of the dimensions that any version has */
  dimensions: string[]
}

/** Every meter that has a version, by capability and name; the newest version last. */
export async function listMeters(prisma: PrismaClient): Promise<PortalMeter[]> {
  const meters = await prisma.meter.findMany({
    where: { archivedAt: null, versions: { some: {} } },
    include: { capability: true, versions: { orderBy: { version: 'asc' } } },
    orderBy: [{ capability: { name: 'asc' } }, { name: 'asc' }],
  })
  return meters.map((meter) => ({
    slug: meter.slug,
    name: meter.name,
    description: meter.description,
    unit: meter.capability.unit,
    capabilityKey: meter.capabilityKey,
    capabilityName: meter.capability.name,
    versions: meter.versions.map(({ version, aggregation, percentile, divisor }) => ({
      version,
      aggregation,
      percentile: percentile?.toFixed() ?? null,
      divisor: divisor.toFixed(),
    })),
    dimensions: [...new Set(meter.versions.flatMap(({ groupBy }) => Object.keys(groupBy as object)))].sort(),
  }))
}

/** How far one shard's journal has been projected. `waitingSince` null: everything taken has been projected. */
export type ShardProgress = {
  shard: number
  waitingSince: Date | null
  waitingBatches: number
  lastReceivedAt: Date | null
}

/** Progress of the projection, one row a shard asked for, in order of the shards. */
export async function readShardProgress(prisma: PrismaClient, shards: number[]): Promise<ShardProgress[]> {
  const lags = new Map((await readShardLagsBy(prisma)).map((lag) => [lag.shard, lag]))
  return [...shards]
    .sort((a, b) => a - b)
    .map((shard) => {
      const lag = lags.get(shard)
      return {
        shard,
        waitingSince: dateOf(lag?.waitingSince),
        waitingBatches: lag === undefined ? 0 : Number(lag.journaled - lag.projected),
        lastReceivedAt: dateOf(lag?.lastReceivedAt),
      }
    })
}

/** Up to where all windows of these shards are settled; null where one of them has not been settled at all, or there is none. */
export async function readSettledUntil(prisma: PrismaClient, shards: number[]): Promise<Date | null> {
  const rows = await prisma.settlementProgress.findMany({ where: { shard: { in: shards } }, select: { until: true } })
  const known = rows.flatMap(({ until }) => until ?? [])
  if (known.length < shards.length || known.length === 0) return null
  return new Date(Math.min(...known.map((until) => until.getTime())))
}

function dateOf(instant: bigint | null | undefined): Date | null {
  return instant === null || instant === undefined ? null : new Date(Number(instant / 1000n))
}
