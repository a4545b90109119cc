// What the run's usage costs: the demo's price list and the run's own prices, said a second time by hand.
// Promises: no price is read from the catalogue that is judged; the run's own ones are written to it from here.
// Does not know: usage.
import type pg from 'pg'
import { PARTS, quantityOf } from './exact.ts'
import { FIRST, instantText } from './local-time.ts'

interface TruthTier {
  /** In parts; null: the last one. */
  upTo: bigint | null
  price: bigint
  /** Once a month, as soon as it is reached. */
  flat: bigint
}

/** One version of a capability's price; quantities and money in parts. */
export interface TruthPrice {
  capability: string
  version: number
  /** Microseconds since 1970. */
  from: bigint
  allowance: bigint
  per: bigint
  isPackage: boolean
  /** flat: one tier without end, and its part is called the overage. */
  mode: 'flat' | 'graduated' | 'volume'
  tiers: readonly TruthTier[]
}

/** Price changes of the run, each at a microsecond within an hour. */
interface PriceChanges {
  /** `torture_sum` costs something from here on. */
  priced: bigint
  repriced: bigint
}

const LIST_BEGAN = 1_751_241_600_000_000n // 2025-06-30
const LIST_RAISED = 1_782_691_200_000_000n // 2026-06-29
const STORES_BEGAN = 1_767_225_600_000_000n // 2026-01-01
const CONTAINERS_BEGAN = 1_785_542_400_000_000n // 2026-08-01

/** By capability, oldest first. */
export function truthPrices(changes: PriceChanges): Map<string, TruthPrice[]> {
  return Map.groupBy([...demoPrices(), ...runPrices(changes)], ({ capability }) => capability)
}

function demoPrices(): TruthPrice[] {
  return [
    flat('functions.duration', 1, LIST_BEGAN, { allowance: '100000', price: '0.000025' }),
    flat('functions.duration', 2, LIST_RAISED, { allowance: '200000', price: '0.000025' }),
    flat('kvs.reads', 1, LIST_BEGAN, { allowance: '0.1', price: '0.055' }),
    flat('kvs.writes', 1, LIST_BEGAN, { allowance: '0.1', price: '1.09' }),
    flat('logs.writes', 1, LIST_BEGAN, { allowance: '1', price: '1.005' }),
    flat('sql.compute', 1, LIST_BEGAN, { allowance: '1', price: '0.143' }),
    flat('sql.requests', 1, LIST_BEGAN, { allowance: '100000', price: '1.929', per: '1000000' }),
    flat('sql.stored', 1, STORES_BEGAN, { allowance: '730', price: '0.0007685' }),
    flat('objects.requests', 1, STORES_BEGAN, { allowance: '5000', price: '0.001353', per: '1000' }),
    flat('containers.compute', 1, CONTAINERS_BEGAN, { allowance: '0', price: '0.07177' }),
    flat('containers.memory', 1, CONTAINERS_BEGAN, { allowance: '0', price: '0.00786' }),
  ]
}

/** Every form of price that the book takes; later versions of the demo's capabilities, and prices for what costs nothing there. */
function runPrices({ priced, repriced }: PriceChanges): TruthPrice[] {
  const price = (capability: string, version: number, from: bigint, more: Pricing) =>
    flat(capability, version, from, more)
  return [
    price('requests', 1, FIRST, { allowance: '25', price: '0.03', per: '7', isPackage: true }),
    price('requests', 2, repriced, { allowance: '40', price: '0.05', per: '10', isPackage: true }),
    tiered('tokens_total', 1, FIRST, 'graduated', {
      allowance: '1000',
      per: '1000',
      tiers: [tier('5000', '0.002', '0'), tier('100000', '0.001', '1.5'), tier(null, '0.0005', '0')],
    }),
    tiered('tokens_total', 2, repriced, 'volume', {
      allowance: '0',
      per: '3',
      tiers: [tier('10000', '0.01', '0'), tier(null, '0.007', '2')],
    }),
    price('torture_sum', 1, priced, { allowance: '100.5', price: '0.013', per: '7' }),
    price('torture_sum', 2, repriced, { allowance: '0', price: '0.000000000000000001' }),
    // an aggregation that no sum of windows is made of: named as a fault, and nothing posted
    price('torture_p90', 1, FIRST, { allowance: '0', price: '1' }),
    tiered('sql.requests', 2, repriced, 'graduated', {
      allowance: '50',
      per: '5',
      isPackage: true,
      tiers: [tier('200', '0.1', '0.5'), tier(null, '0.07', '0.25')],
    }),
    tiered('objects.requests', 2, repriced, 'volume', {
      allowance: '10',
      per: '3',
      tiers: [tier('100', '0.5', '0'), tier(null, '0.3', '1')],
    }),
    price('logs.writes', 2, repriced, { allowance: '0.5', price: '1.005', per: '7' }),
    price('sql.stored', 2, repriced, { allowance: '100', price: '0.0007685', per: '3' }),
    price('containers.compute', 2, repriced, { allowance: '5', price: '0.7', per: '10', isPackage: true }),
  ]
}

/** Adds the run's own prices to the book of the demo. */
export async function addPrices(client: pg.Client, changes: PriceChanges): Promise<void> {
  for (const { capability, version, from, allowance, per, isPackage, mode, tiers } of runPrices(changes)) {
    const listed = tiers.map((each) => ({
      upTo: each.upTo === null ? null : decimalOf(each.upTo),
      price: decimalOf(each.price),
      flat: decimalOf(each.flat),
    }))
    await client.query(
      `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per, packaging, tiers)
       SELECT id, $1, $2, $3, $4, $5, $6, $7, $8 FROM price_book`,
      [
        ...[capability, version, from === FIRST ? '2000-01-01T00:00:00Z' : instantText(from), decimalOf(allowance)],
        ...[mode === 'flat' ? listed[0]?.price : '0', decimalOf(per), isPackage ? 'package' : 'exact'],
        mode === 'flat' ? null : JSON.stringify({ mode, tiers: listed }),
      ],
    )
  }
}

interface Pricing {
  allowance: string
  price: string
  per?: string
  isPackage?: boolean
}

function flat(capability: string, version: number, from: bigint, pricing: Pricing): TruthPrice {
  const { allowance, per = '1', isPackage = false } = pricing
  const tiers = [tier(null, pricing.price, '0')]
  return { capability, version, from, allowance: parsed(allowance), per: parsed(per), isPackage, mode: 'flat', tiers }
}

function tiered(
  capability: string,
  version: number,
  from: bigint,
  mode: 'graduated' | 'volume',
  pricing: Omit<Pricing, 'price'> & { tiers: TruthTier[] },
): TruthPrice {
  return { ...flat(capability, version, from, { ...pricing, price: '0' }), mode, tiers: pricing.tiers }
}

function tier(upTo: string | null, price: string, fee: string): TruthTier {
  return { upTo: upTo === null ? null : parsed(upTo), price: parsed(price), flat: parsed(fee) }
}

function parsed(text: string): bigint {
  const value = quantityOf(text)
  if (typeof value === 'string') throw new RangeError(`expected a decimal, found ${text}`)
  return value
}

function decimalOf(value: bigint): string {
  const digits = (value % PARTS).toString().padStart(PARTS.toString().length - 1, '0')
  return `${value / PARTS}.${digits}`.replace(/\.?0+$/, '')
}
