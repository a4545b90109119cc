import { divideDecimals } from '../kernel/index.ts'
import { focusUnitOf } from './unit.ts'

/** A capability in FOCUS's words. `label` is the meter's name inside a sentence. */
export interface FocusSku {
  serviceName: string
  serviceCategory: string
  serviceSubcategory: string
  meter: string
  label: string
  unit: string
}

type Family = Pick<FocusSku, 'serviceName' | 'serviceCategory' | 'serviceSubcategory'>

function family(serviceName: string, serviceCategory: string, serviceSubcategory: string): Family {
  return { serviceName, serviceCategory, serviceSubcategory }
}

const FUNCTIONS = family('Functions', 'Compute', 'Serverless Compute')
const KEY_VALUE = family('Key-Value Store', 'Databases', 'NoSQL Databases')
const LOGS = family('Logs', 'Management and Governance', 'Observability')
const SQL = family('SQL', 'Databases', 'Relational Databases')
const OBJECTS = family('Object Store', 'Storage', 'Object Storage')
const CONTAINERS = family('Containers', 'Compute', 'Containers')

const KNOWN: Record<string, FocusSku> = {
  'functions.duration': sku(FUNCTIONS, 'Functions Duration', 'Functions duration', 'GiB-Seconds'),
  'kvs.reads': sku(KEY_VALUE, 'Key-Value Reads', 'Key-value reads', 'GiB'),
  'kvs.writes': sku(KEY_VALUE, 'Key-Value Writes', 'Key-value writes', 'GiB'),
  'logs.writes': sku(LOGS, 'Log Writes', 'Log writes', 'GiB'),
  'sql.compute': sku(SQL, 'SQL Compute Duration', 'SQL compute duration', 'Hours'),
  'sql.requests': sku(SQL, 'SQL Requests', 'SQL requests', 'Requests'),
  'sql.stored': sku(SQL, 'SQL Data Stored', 'SQL data stored', 'GiB-Hours'),
  'objects.requests': sku(OBJECTS, 'Object Requests', 'Object requests', 'Requests'),
  'containers.compute': sku(CONTAINERS, 'Container Compute', 'Container compute', 'Core-Hours'),
  'containers.memory': sku(CONTAINERS, 'Container Memory', 'Container memory', 'GiB-Hours'),
}

function sku(of: Family, meter: string, label: string, unit: string): FocusSku {
  return { ...of, meter, label, unit }
}

/**
 * The words for a capability. One that is not in our table (somebody's own) is its own service under Other, with its key for a name:
 * names may change, and FOCUS wants these to stay.
 */
export function skuOf(capability: string, unit: string): FocusSku {
  return (
    KNOWN[capability] ?? sku(family(capability, 'Other', 'Other (Other)'), capability, capability, focusUnitOf(unit))
  )
}

/**
 * The end of a SkuPriceId and the word in SkuPriceDetails for a part's tier: `overage` is FOCUS's standard price, `tier_2` is `tier-2`.
 * Exempt usage has one SKU price whatever tier it would have been in.
 */
export function skuPriceOf(tier: string): { suffix: string; word: string } {
  const suffix = tier === 'overage' ? 'standard' : tier.replaceAll('_', '-')
  const spaced = suffix.replaceAll('-', ' ')
  return { suffix, word: `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}` }
}

/** True for the SKU prices that cost nothing by what they are. */
export function isFreeTier(tier: string): boolean {
  return tier === 'allowance' || tier === 'exempt' || tier === 'unpriced'
}

/**
 * The unit that a price is for: `1000 Requests` for a price per 1000. Throws RangeError for a `per` that is not a positive whole number:
 * FOCUS has no way to write it.
 */
export function pricingUnitOf(unit: string, per: string): string {
  if (per === '1') return unit
  if (!/^[1-9]\d*$/.test(per))
    throw new RangeError(`expected a price per a positive whole number of ${unit}, found per ${per}`)
  return `${per} ${unit}`
}

/** Usage in pricing units; cut at 60 digits after the point where it has no end, which then costs nothing. */
export function inPricingUnits(quantity: string, per: string): string {
  return divideDecimals(quantity, per)
}
