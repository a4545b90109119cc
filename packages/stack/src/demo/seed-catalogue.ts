import type pg from 'pg'
import { SINCE } from './cast.ts'
import { makeId } from './credentials.ts'
import { type DemoMeter, FREE_CAPABILITIES, METERS } from './meters.ts'
import { PRICE_BOOK, readPriceList } from './price-book.ts'

/**
 * Capabilities, meters with their first version, and the price book with all its versions. Adds what is missing. What exists is
 * asked for first: an insert that adds nothing would raise the catalogue's revision all the same.
 */
export async function seedCatalogue(client: pg.Client): Promise<void> {
  await seedCapabilities(client)
  await seedMeters(client)
  await seedPriceBook(client)
}

async function seedCapabilities(client: pg.Client): Promise<void> {
  const known = await keysOf(client, 'SELECT key FROM capability')
  for (const { key, name, unit, shape } of [...FREE_CAPABILITIES, ...readPriceList().capabilities]) {
    if (known.has(key)) continue
    await client.query('INSERT INTO capability (key, name, unit, shape) VALUES ($1, $2, $3, $4)', [
      key,
      name,
      unit,
      shape,
    ])
  }
}

async function seedMeters(client: pg.Client): Promise<void> {
  const known = await keysOf(client, 'SELECT slug AS key FROM meter')
  for (const meter of METERS) if (!known.has(meter.slug)) await addMeter(client, meter)
}

async function addMeter(client: pg.Client, meter: DemoMeter): Promise<void> {
  const id = makeId()
  await client.query('INSERT INTO meter (id, slug, name, capability_key) VALUES ($1, $2, $3, $4)', [
    id,
    meter.slug,
    meter.name,
    meter.capabilityKey,
  ])
  await client.query(
    `INSERT INTO meter_version (meter_id, version, effective_from, event_type, aggregation, value, divisor, group_by, subject_required)
     VALUES ($1, 1, $2, $3, $4::aggregation, $5, $6, $7, $8)`,
    [
      id,
      SINCE,
      meter.eventType,
      meter.aggregation,
      meter.value === null ? null : JSON.stringify(meter.value),
      meter.divisor,
      JSON.stringify(meter.groupBy),
      meter.subjectRequired,
    ],
  )
}

async function seedPriceBook(client: pg.Client): Promise<void> {
  const list = readPriceList()
  const id = await priceBookId(client, list.currency)
  const known = await keysOf(
    client,
    "SELECT capability_key || ' ' || version AS key FROM price WHERE price_book_id = $1",
    [id],
  )
  for (const { key, versions } of list.capabilities) {
    for (const [index, { effectiveFrom, allowance, price, per }] of versions.entries()) {
      const version = index + 1
      if (known.has(`${key} ${version}`)) continue
      await client.query(
        `INSERT INTO price (price_book_id, capability_key, version, effective_from, allowance, price, per)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, key, version, effectiveFrom, allowance, price, per],
      )
    }
  }
}

async function priceBookId(client: pg.Client, currency: string): Promise<string> {
  const { rows } = await client.query<{ id: string }>('SELECT id FROM price_book WHERE slug = $1', [PRICE_BOOK.slug])
  if (rows[0]) return rows[0].id
  const id = makeId()
  await client.query('INSERT INTO price_book (id, slug, name, currency) VALUES ($1, $2, $3, $4)', [
    id,
    PRICE_BOOK.slug,
    PRICE_BOOK.name,
    currency,
  ])
  return id
}

async function keysOf(client: pg.Client, sql: string, values: unknown[] = []): Promise<Set<string>> {
  const { rows } = await client.query<{ key: string }>(sql, values)
  return new Set(rows.map((row) => row.key))
}
