import type { Instant } from '../kernel/index.ts'
import type { CatalogueDocument, MeterFacts, MeterVersionFacts } from './catalogue-document.ts'

export interface MeterInForce {
  meter: MeterFacts
  version: MeterVersionFacts
}

type Ownership = CatalogueDocument['ownerships'][number]
type Installation = CatalogueDocument['installations'][number]
type Subscription = CatalogueDocument['subscriptions'][number]
type Entitlement = CatalogueDocument['entitlements'][number]

/** An interval of time in which nothing of a catalogue begins or ends; null: without an end on that side. */
export interface SteadyTime {
  from: Instant | null
  to: Instant | null
}

/** The catalogue document, indexed for questions "as of an instant". */
export interface Catalogue {
  revision: bigint
  /** The app's id, asked by id or by slug; null if there is none. */
  appIdOf(idOrSlug: string): string | null
  /** The space that owned the app at that instant. */
  ownershipOf(appId: string, at: Instant): Ownership | null
  /** True while the installation is marked exempt: its usage is shown, at cost 0. */
  isExempt(input: { appId: string; installation: string | null; at: Instant }): boolean
  /** Each meter that measures this event type, in the version in force at that instant; by slug. */
  metersInForce(eventType: string, at: Instant): MeterInForce[]
  /** The app's right to the capability, under the subscription that the owning space held at that instant. */
  entitlementOf(input: { appId: string; spaceId: string; capabilityKey: string; at: Instant }): Entitlement | null
  /** The widest interval around that instant within which every answer stays the same: one object for each interval. */
  steadyAround(at: Instant): SteadyTime
}

export function compileCatalogue(document: CatalogueDocument): Catalogue {
  // Ids after slugs: whoever names an app like another app's id must not be taken for it.
  const bySlug = document.apps.map((app) => [app.slug, app.id] as const)
  const appIds = new Map([...bySlug, ...document.apps.map((app) => [app.id, app.id] as const)])
  const ownerships = groupBy(document.ownerships, (row) => row.appId)
  const installations = groupBy(document.installations, (row) => keyOf(row.appId, row.key))
  const subscriptions = new Map(document.subscriptions.map((row) => [row.id, row]))
  const entitlements = groupBy(document.entitlements, (row) => keyOf(row.appId, row.capabilityKey))
  const meters = [...document.meters].sort((a, b) => (a.slug < b.slug ? -1 : 1))
  const metersByType = indexMeters(meters)
  const steadyTimes = steadyTimesOf(document)

  return {
    revision: BigInt(document.revision),
    appIdOf: (idOrSlug) => appIds.get(idOrSlug) ?? null,
    ownershipOf: (appId, at) => inForce<Ownership>(ownerships.get(appId), at),
    isExempt: ({ appId, installation, at }) =>
      installation !== null &&
      inForce<Installation>(installations.get(keyOf(appId, installation)), at)?.exempt === true,
    metersInForce(eventType, at) {
      const found: MeterInForce[] = []
      for (const meter of metersByType.get(eventType) ?? []) {
        const version = versionInForce(meter, at)
        if (version?.eventType === eventType) found.push({ meter, version })
      }
      return found
    },
    entitlementOf({ appId, spaceId, capabilityKey, at }) {
      for (const entitlement of entitlements.get(keyOf(appId, capabilityKey)) ?? []) {
        const subscription = subscriptions.get(entitlement.subscriptionId)
        if (
          isInForce(entitlement, at) &&
          subscription?.spaceId === spaceId &&
          isInForce<Subscription>(subscription, at)
        ) {
          return entitlement
        }
      }
      return null as Entitlement | null
    },
    steadyAround: (at) => steadyTimeAt(steadyTimes, at),
  }
}

/** The last that begins at or before the instant; the first begins before all. */
function steadyTimeAt(times: readonly SteadyTime[], at: Instant): SteadyTime {
  let low = 0
  for (let high = times.length - 1; low < high; ) {
    const middle = Math.ceil((low + high) / 2)
    if ((times[middle]?.from ?? at) <= at) low = middle
    else high = middle - 1
  }
  return times[low] as SteadyTime
}

/** Between any two neighbouring moments at which something begins or ends; from the first to the last. */
function steadyTimesOf(document: CatalogueDocument): SteadyTime[] {
  const rows: Valid[] = [
    ...document.ownerships,
    ...document.installations,
    ...document.subscriptions,
    ...document.entitlements,
    ...document.meters.flatMap((meter) => meter.versions.map(({ from }) => ({ from, to: null }))),
  ]
  const moments = [...new Set(rows.flatMap(({ from, to }) => (to === null ? [from] : [from, to])))]
  moments.sort((a, b) => (a < b ? -1 : 1))
  return [null, ...moments].map((from, index) => ({ from, to: moments[index] ?? null }))
}

/** The version in force is the last one that began at or before the instant; the higher number where two began together. */
function versionInForce(meter: MeterFacts, at: Instant): MeterVersionFacts | null {
  let found: MeterVersionFacts | null = null
  for (const version of meter.versions) {
    if (version.from > at) continue
    if (
      found === null ||
      version.from > found.from ||
      (version.from === found.from && version.version > found.version)
    ) {
      found = version
    }
  }
  return found
}

function indexMeters(meters: MeterFacts[]): Map<string, MeterFacts[]> {
  const index = new Map<string, MeterFacts[]>()
  for (const meter of meters) {
    for (const type of new Set(meter.versions.map((version) => version.eventType))) {
      const list = index.get(type)
      if (list) list.push(meter)
      else index.set(type, [meter])
    }
  }
  return index
}

interface Valid {
  from: Instant
  to: Instant | null
}

function isInForce<T extends Valid>(row: T, at: Instant): boolean {
  return row.from <= at && (row.to === null || at < row.to)
}

function inForce<T extends Valid>(rows: T[] | undefined, at: Instant): T | null {
  return rows?.find((row) => isInForce(row, at)) ?? null
}

/** Ids hold no line feed, so the pair cannot collide. */
function keyOf(first: string, second: string): string {
  return `${first}\n${second}`
}

function groupBy<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const list = groups.get(key(row))
    if (list) list.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}
