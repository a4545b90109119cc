import { AGGREGATIONS, type Aggregation, type Instant } from '@meterbook/core/kernel'
import type { BookSubscription, ListedPrice, PriceTier, PriceTiers } from '@meterbook/core/rating'
import { microsOf } from './micros-of.ts'
import type { Pool, PoolClient } from './pool.ts'

/** Who pays, in what, and by which clock. */
export interface BillingSpace {
  id: string
  slug: string
  currency: string
  /** IANA name: billing periods are its months */
  billingZone: string
  /** ascending */
  subscriptions: BookSubscription[]
}

/** A meter as billing sees it. */
export interface BillingMeter {
  slug: string
  capabilityKey: string
  /** the capability's unit */
  unit: string
  /** by version; `divisor` turns the base measure into the unit */
  versions: ReadonlyMap<number, { aggregation: Aggregation; divisor: string }>
}

export interface RatingFacts {
  spaces: ReadonlyMap<string, BillingSpace>
  /** every version of every book's prices, ascending by book, capability and time */
  prices: ListedPrice[]
  /** book id → ISO 4217 */
  currencies: ReadonlyMap<string, string>
  meters: BillingMeter[]
  /** Every price and subscription as it is now: one that was not there before changes what usage from `from` on costs. */
  changes: RatingChange[]
}

export interface RatingChange {
  key: string
  from: Instant
  recordedAt: Instant
}

/** What rating needs of the catalogue, archived things too: usage of them is still owed. Decimal texts. One snapshot of it. */
export async function readRatingFacts(pool: Pool): Promise<RatingFacts> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const facts = await readRatingFactsIn(client)
    await client.query('COMMIT')
    return facts
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

/** The same of a transaction's own snapshot. */
export async function readRatingFactsIn(client: PoolClient): Promise<RatingFacts> {
  const spaces = await client.query<{ id: string; slug: string; currency: string; billing_zone: string }>(
    'SELECT id, slug, currency, billing_zone FROM developer_space',
  )
  const subscriptions = await client.query<SubscriptionRow>(
    `SELECT space_id, price_book_id, ${microsOf('effective_from')} AS begins, ${microsOf('effective_to')} AS ends, ${microsOf('recorded_at')} AS recorded
      FROM subscription ORDER BY space_id, effective_from`,
  )
  const books = await client.query<{ id: string; currency: string }>('SELECT id, currency FROM price_book')
  const prices = await client.query<PriceRow>(
    `SELECT price_book_id, capability_key, version, ${microsOf('effective_from')} AS begins, trim_scale(allowance)::text AS allowance,
      trim_scale(price)::text AS price, trim_scale(per)::text AS per, packaging, tiers,
      ${microsOf('recorded_at')} AS recorded FROM price ORDER BY price_book_id, capability_key, effective_from, version`,
  )
  const meters = await client.query<MeterRow>(
    `SELECT m.slug, m.capability_key, c.unit, v.version, v.aggregation::text AS aggregation, trim_scale(v.divisor)::text AS divisor
      FROM meter m JOIN capability c ON c.key = m.capability_key JOIN meter_version v ON v.meter_id = m.id ORDER BY m.slug, v.version`,
  )
  return {
    spaces: spacesOf(spaces.rows, subscriptions.rows),
    prices: prices.rows.map(priceOf),
    currencies: new Map(books.rows.map(({ id, currency }) => [id, currency])),
    meters: metersOf(meters.rows),
    changes: [
      ...prices.rows.map((row, index) => ({
        key: `price ${row.price_book_id} ${row.version} ${row.capability_key}`,
        // By the first one of all, usage from before it is usage without a price; until then it was not billed at all.
        from: isSamePriced(row, prices.rows[index - 1]) ? BigInt(row.begins) : 0n,
        recordedAt: BigInt(row.recorded),
      })),
      ...subscriptions.rows.map((row) => ({
        key: `subscription ${row.space_id} ${row.price_book_id} ${row.begins} ${row.ends}`,
        from: BigInt(row.ends ?? row.begins),
        recordedAt: BigInt(row.recorded),
      })),
    ],
  }
}

interface SubscriptionRow {
  space_id: string
  price_book_id: string
  begins: string
  ends: string | null
  recorded: string
}

interface PriceRow {
  price_book_id: string
  capability_key: string
  version: number
  begins: string
  allowance: string
  price: string
  per: string
  packaging: string
  tiers: unknown
  recorded: string
}

interface MeterRow {
  slug: string
  capability_key: string
  unit: string
  version: number
  aggregation: string
  divisor: string
}

function spacesOf(
  spaces: readonly { id: string; slug: string; currency: string; billing_zone: string }[],
  subscriptions: readonly SubscriptionRow[],
): Map<string, BillingSpace> {
  const found = new Map<string, BillingSpace>()
  for (const { id, slug, currency, billing_zone } of spaces)
    found.set(id, { id, slug, currency, billingZone: billing_zone, subscriptions: [] })
  for (const row of subscriptions) {
    const to: Instant | null = row.ends === null ? null : BigInt(row.ends)
    found.get(row.space_id)?.subscriptions.push({ bookId: row.price_book_id, from: BigInt(row.begins), to })
  }
  return found
}

function isSamePriced(row: PriceRow, before: PriceRow | undefined): boolean {
  return row.price_book_id === before?.price_book_id && row.capability_key === before.capability_key
}

function priceOf(row: PriceRow): ListedPrice {
  return {
    bookId: row.price_book_id,
    capabilityKey: row.capability_key,
    version: row.version,
    effectiveFrom: BigInt(row.begins),
    allowance: row.allowance,
    price: row.price,
    per: row.per,
    packaging: row.packaging === 'package' ? 'package' : 'exact',
    tiers: row.tiers === null ? null : tiersOf(row),
  }
}

/** Throws RangeError for tiers that are not in the form: a price that cannot be read must not become one without tiers. */
function tiersOf(row: PriceRow): PriceTiers {
  const { mode, tiers } = row.tiers as { mode?: unknown; tiers?: unknown }
  const isTier = (tier: unknown): tier is Omit<PriceTier, 'flat'> & { flat?: string } => {
    const { upTo, price, flat } = (tier ?? {}) as Record<string, unknown>
    return (
      (upTo === null || typeof upTo === 'string') &&
      typeof price === 'string' &&
      (flat === undefined || typeof flat === 'string')
    )
  }
  if ((mode !== 'graduated' && mode !== 'volume') || !Array.isArray(tiers) || !tiers.every(isTier))
    throw new RangeError(`price ${row.capability_key} version ${row.version}: expected graduated or volume tiers`)
  return { mode, tiers: tiers.map(({ upTo, price, flat }) => ({ upTo, price, flat: flat ?? '0' })) }
}

function metersOf(rows: readonly MeterRow[]): BillingMeter[] {
  const meters = new Map<string, Omit<BillingMeter, 'versions'> & { versions: Map<number, MeterVersion> }>()
  for (const { slug, capability_key, unit, version, aggregation, divisor } of rows) {
    const meter = meters.get(slug) ?? { slug, capabilityKey: capability_key, unit, versions: new Map() }
    meter.versions.set(version, { aggregation: aggregationOf(aggregation), divisor })
    meters.set(slug, meter)
  }
  return [...meters.values()]
}

type MeterVersion = { aggregation: Aggregation; divisor: string }

/** Throws RangeError for what is none. */
export function aggregationOf(text: string): Aggregation {
  const known = AGGREGATIONS.find((each) => each === text)
  if (known === undefined) throw new RangeError(`expected a known aggregation, found ${text}`)
  return known
}
