import { attribute } from '../attribution/index.ts'
import type { Catalogue, MeterInForce, MeterVersionFacts } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { formatInstant, type Instant, type JsonObject } from '../kernel/index.ts'
import { dimensionsOf, type Measure, measureOf } from '../meter/index.ts'
import { eventTimeFault } from './event-time.ts'
import { FactMemory } from './known-facts.ts'
import type { QuarantineReason, UsageRecord } from './project-group.ts'

export interface Projection {
  /** The owning space at the event's time; empty where there was none. */
  spaceId: string
  /** Null if at least one meter counted the event. */
  reason: QuarantineReason | null
  /** Why it was held, or which meters could not count it; empty if all could. */
  detail: string
  records: UsageRecord[]
}

type ProjectionInput = { event: UsageEvent; appId: string; at: Instant; receivedAt: Instant }

export interface Projector {
  catalogue: Catalogue
  project(input: ProjectionInput): Projection
  /** The same answer without anything remembered: what `project` is tested against. */
  projectCarefully(input: ProjectionInput): Projection
}

/** A meter version in force with the right under which it may measure. */
interface MeasuringMeter extends CompiledVersion {
  slug: string
  version: number
  entitlementId: string
}

interface CompiledVersion {
  measure: Measure
  dimensions: (data: JsonObject | null) => [string, string][]
}

/**
 * Attributes and measures single events under one catalogue revision. Each meter in force measures by itself: an event that one
 * meter can count is counted by that one, and the others' reasons are kept beside it. Held whole only if none can.
 */
export function createProjector(catalogue: Catalogue): Projector {
  const compiled = new Map<MeterVersionFacts, CompiledVersion>()
  const memory = new FactMemory<MeasuringMeter>(catalogue, metersWithRights)

  return { catalogue, project, projectCarefully }

  function project(input: ProjectionInput): Projection {
    return projectQuickly(input) ?? projectCarefully(input)
  }

  /** Null wherever there is anything to explain. */
  function projectQuickly(input: ProjectionInput): Projection | null {
    const { event, appId, at } = input
    if (eventTimeFault(at, input.receivedAt)) return null
    const facts = memory.find({ appId, type: event.type, installation: event.installation, at })
    if (facts === null) return null
    const { spaceId, isExempt, meters } = facts
    const records: UsageRecord[] = []
    for (const { slug, version, entitlementId, measure, dimensions } of meters) {
      const measurement = measure(event)
      if (!measurement.ok) return null
      const { quantity, uniqueValue } = measurement
      records.push({
        meter: slug,
        meterVersion: version,
        isExempt,
        quantity,
        uniqueValue,
        dimensions: dimensions(event.data),
        entitlementId,
      })
    }
    return { spaceId, reason: null, detail: '', records }
  }

  function metersWithRights(input: {
    appId: string
    spaceId: string
    type: string
    at: Instant
  }): MeasuringMeter[] | null {
    const { appId, spaceId, type, at } = input
    const meters: MeasuringMeter[] = []
    for (const { meter, version } of catalogue.metersInForce(type, at)) {
      const entitlement = catalogue.entitlementOf({ appId, spaceId, capabilityKey: meter.capabilityKey, at })
      if (entitlement === null) return null
      meters.push({
        slug: meter.slug,
        version: version.version,
        entitlementId: entitlement.id,
        ...compiledOf(version),
      })
    }
    return meters.length > 0 ? meters : null
  }

  function projectCarefully(input: ProjectionInput): Projection {
    const { event, appId, at } = input
    const timeFault = eventTimeFault(at, input.receivedAt)
    const attribution = attribute({ catalogue, appId, installation: event.installation, at })
    const spaceId = attribution.ok ? attribution.spaceId : ''
    if (timeFault) return { spaceId, reason: timeFault.code, detail: timeFault.detail, records: [] }
    if (!attribution.ok) return { spaceId, reason: attribution.code, detail: attribution.detail, records: [] }
    const meters = catalogue.metersInForce(event.type, at)
    if (meters.length === 0) {
      return { spaceId, reason: 'unknown_type', detail: `no meter found for event type: ${event.type}`, records: [] }
    }
    const records: UsageRecord[] = []
    const faults: { code: QuarantineReason; detail: string }[] = []
    for (const inForce of meters) {
      const result = recordOf({ inForce, event, appId, spaceId, at, isExempt: attribution.isExempt })
      if ('code' in result) faults.push({ code: result.code, detail: `${inForce.meter.slug}: ${result.detail}` })
      else records.push(result)
    }
    const detail = faults.map((fault) => fault.detail).join('\n')
    return { spaceId, reason: records.length > 0 ? null : (faults[0]?.code ?? 'unknown_type'), detail, records }
  }

  function recordOf(input: {
    inForce: MeterInForce
    event: UsageEvent
    appId: string
    spaceId: string
    at: Instant
    isExempt: boolean
  }): UsageRecord | { code: QuarantineReason; detail: string } {
    const { meter, version } = input.inForce
    const { event, appId, spaceId, at } = input
    const entitlement = catalogue.entitlementOf({ appId, spaceId, capabilityKey: meter.capabilityKey, at })
    if (entitlement === null) {
      return {
        code: 'not_entitled',
        detail: `expected an entitlement of app ${appId} to ${meter.capabilityKey} at ${formatInstant(at)}, found none`,
      }
    }
    const { measure, dimensions } = compiledOf(version)
    const measurement = measure(event)
    if (!measurement.ok) return measurement
    return {
      meter: meter.slug,
      meterVersion: version.version,
      isExempt: input.isExempt,
      quantity: measurement.quantity,
      uniqueValue: measurement.uniqueValue,
      dimensions: dimensions(event.data),
      entitlementId: entitlement.id,
    }
  }

  function compiledOf(version: MeterVersionFacts): CompiledVersion {
    let found = compiled.get(version)
    if (!found) {
      found = { measure: measureOf(version), dimensions: dimensionsOf(version.groupBy) }
      compiled.set(version, found)
    }
    return found
  }
}
