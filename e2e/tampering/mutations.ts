import { createHash } from 'node:crypto'
import { entryHash, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import type pg from 'pg'
import type { Dice } from '../torture/dice.ts'
import { FIRST_SEAL, type LedgerToTouch } from './ledger-to-touch.ts'

/** Where a mutation was made: what names it has to name one of these places. */
export type Place =
  | { in: 'ledger'; spaceId: string; first: bigint; last: bigint }
  | { in: 'journal'; shard: number; first: bigint; last: bigint }

/** One thing that somebody with every right does to the tables; null: it would have changed nothing. */
export type Mutation = (input: { db: pg.Client; dice: Dice; ledger: LedgerToTouch }) => Promise<Place | null>

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

interface Row {
  sequence: bigint
  canonical: string
  previous: string
  hash: string
}

interface Chain {
  spaceId: string
  rows: Row[]
}

async function drawChain({ db, dice, ledger }: Parameters<Mutation>[0]): Promise<Chain> {
  const spaceId = dice.of([...ledger.spaceIds, ...ledger.spaceIds, PLATFORM_SPACE_ID])
  const { rows } = await db.query<{ sequence: string; canonical: string; previous: string; hash: string }>(
    `SELECT sequence, canonical, encode(previous_hash, 'hex') AS previous, encode(hash, 'hex') AS hash FROM ledger_entry WHERE space_id = $1 ORDER BY sequence`,
    [spaceId],
  )
  return { spaceId, rows: rows.map((row) => ({ ...row, sequence: BigInt(row.sequence) })) }
}

const at = (spaceId: string, first: bigint, last = first): Place => ({ in: 'ledger', spaceId, first, last })

async function touch(
  db: pg.Client,
  chain: Chain,
  sequence: bigint,
  change: string,
  ...values: unknown[]
): Promise<void> {
  await db.query(`UPDATE ledger_entry SET ${change} WHERE space_id = $1 AND sequence = $2`, [
    chain.spaceId,
    sequence.toString(),
    ...values,
  ])
}

/** How each column is given another value; whatever it holds, also nothing. `power`: of ten, at most 0. */
const COLUMN_CHANGES: readonly ((power: number) => string)[] = [
  () => 'format_version = format_version + 1',
  () => `kind = kind || '_'`,
  () => 'app_id = gen_random_uuid()',
  () => `app_id = CASE WHEN app_id IS NULL THEN gen_random_uuid() END`,
  () => `environment = CASE WHEN environment IS NULL THEN 'x' ELSE upper(environment) END`,
  () => `capability_key = coalesce(capability_key, '') || ' '`,
  () => `window_start = coalesce(window_start, now()) - interval '1 microsecond'`,
  () => `window_end = 'infinity'`,
  () => `window_end = coalesce(window_end, now()) + interval '20000 years'`,
  () => `period_start = coalesce(period_start, now()) + interval '1 day'`,
  () => `billed_in_start = timestamptz '2026-10-01 04:00:00+00 BC'`,
  () => `billed_in_start = CASE WHEN billed_in_start IS NULL THEN now() END`,
  (power) => `quantity = coalesce(quantity, 0) + 1e${power}::numeric`,
  (power) => `amount = coalesce(amount, 0) - 1e${power}::numeric`,
  () => `amount = 'NaN'::numeric`,
  () => 'amount = -coalesce(amount, 1)',
  () => `currency = CASE WHEN currency IS NULL THEN 'EUR' END`,
  () => 'adjusts = coalesce(adjusts, 0) + 1',
  () => 'exempt = NOT coalesce(exempt, false)',
  () => `reason = CASE WHEN reason IS NULL THEN 'mixed' END`,
  () => 'journal_shard = coalesce(journal_shard, 0) + 1',
  () => 'journal_first = coalesce(journal_first, 100) - 1',
  () => 'journal_last = coalesce(journal_last, 100) + 1',
  () => `posted_at = posted_at + interval '1 microsecond'`,
]

const aDigitInAColumn: Mutation = async (input) => {
  const chain = await drawChain(input)
  const { sequence } = input.dice.of(chain.rows)
  await touch(input.db, chain, sequence, input.dice.of(COLUMN_CHANGES)(-input.dice.below(60)))
  return at(chain.spaceId, sequence)
}

const aDigitInTheText: Mutation = async (input) => {
  const chain = await drawChain(input)
  const { sequence, canonical } = input.dice.of(chain.rows)
  const places = [...canonical].flatMap((character, index) => (/\d/.test(character) ? [index] : []))
  const index = input.dice.of(places)
  const digit = String((Number(canonical[index]) + 1 + input.dice.below(9)) % 10)
  const text = `${canonical.slice(0, index)}${digit}${canonical.slice(index + 1)}`
  await touch(input.db, chain, sequence, 'canonical = $3', text)
  return at(chain.spaceId, sequence)
}

/** Whoever knows how hashes are made gives the altered row the right one: then the next row, or the head, does not follow. */
const aTextWithItsHash: Mutation = async (input) => {
  const chain = await drawChain(input)
  const { sequence, canonical, previous } = input.dice.of(chain.rows)
  const text = canonical.replace(/"postedAt":"(\d{4})/, (_, year) => `"postedAt":"${Number(year) + 1}`)
  const hash = entryHash({ spaceId: chain.spaceId, sequence, previousHash: previous, canonical: text, sha256 })
  await touch(
    input.db,
    chain,
    sequence,
    `canonical = $3, hash = decode($4, 'hex'), posted_at = posted_at + interval '1 year'`,
    text,
    hash,
  )
  return at(chain.spaceId, sequence, sequence + 1n)
}

const aRowRemoved: Mutation = async (input) => {
  const chain = await drawChain(input)
  const { sequence } = input.dice.of(chain.rows)
  await remove(input.db, chain.spaceId, sequence)
  if (input.dice.is(0.5)) return at(chain.spaceId, sequence)
  await shift(input.db, chain.spaceId, { after: sequence, by: -1 })
  return at(chain.spaceId, sequence)
}

const aRowAdded: Mutation = async (input) => {
  const { db, dice } = input
  const chain = await drawChain(input)
  const { spaceId, rows } = chain
  const model = dice.of(rows)
  const last = rows.at(-1) as Row
  const kind = dice.below(4)
  if (kind === 0) {
    // By all the rules, after the last one.
    const sequence = last.sequence + 1n
    const hash = entryHash({ spaceId, sequence, previousHash: last.hash, canonical: model.canonical, sha256 })
    await copy(db, spaceId, { from: model.sequence, to: sequence, previous: last.hash, hash })
    return at(spaceId, sequence)
  }
  if (kind === 1) {
    const sequence = dice.of([0n, -1n, -5n])
    await copy(db, spaceId, {
      from: model.sequence,
      to: sequence,
      previous: model.previous,
      hash: sha256(`${sequence}`),
    })
    return at(spaceId, sequence)
  }
  if (kind === 2) {
    const sequence = last.sequence + BigInt(1 + dice.below(100))
    await copy(db, spaceId, { from: model.sequence, to: sequence, previous: last.hash, hash: sha256(`${sequence}`) })
    return at(spaceId, sequence)
  }
  await shift(db, spaceId, { after: model.sequence - 1n, by: 1 })
  await copy(db, spaceId, {
    from: model.sequence + 1n,
    to: model.sequence,
    previous: model.previous,
    hash: sha256('x'),
  })
  return at(spaceId, model.sequence)
}

const twoRowsSwapped: Mutation = async (input) => {
  const { db, dice } = input
  const { spaceId, rows } = await drawChain(input)
  const [a, b] = [dice.of(rows), dice.of(rows)]
  if (a === b) return null
  const values = [spaceId, a.sequence.toString(), b.sequence.toString()]
  if (dice.is(0.5)) {
    await db.query('UPDATE ledger_entry SET sequence = -sequence WHERE space_id = $1 AND sequence IN ($2, $3)', values)
    await db.query(
      'UPDATE ledger_entry SET sequence = CASE WHEN sequence = -$2::bigint THEN $3::bigint ELSE $2::bigint END WHERE space_id = $1 AND sequence < 0',
      values,
    )
  } else {
    await db.query(
      `UPDATE ledger_entry e SET canonical = o.canonical, quantity = o.quantity, amount = o.amount FROM ledger_entry o
       WHERE e.space_id = $1 AND o.space_id = $1 AND (e.sequence, o.sequence) IN (($2, $3), ($3, $2))`,
      values,
    )
  }
  return at(spaceId, lowest(a.sequence, b.sequence))
}

const aHashReplaced: Mutation = async (input) => {
  const chain = await drawChain(input)
  const { sequence } = input.dice.of(chain.rows)
  const column = input.dice.of(['hash', 'previous_hash'])
  const byte = input.dice.below(32)
  await touch(input.db, chain, sequence, `${column} = set_byte(${column}, ${byte}, 255 - get_byte(${column}, ${byte}))`)
  return at(chain.spaceId, sequence)
}

const theHead: Mutation = async (input) => {
  const { db, dice } = input
  const { spaceId, rows } = await drawChain(input)
  const last = (rows.at(-1) as Row).sequence
  const [statement, place] = dice.of([
    ['UPDATE ledger_head SET sequence = sequence + 1 WHERE space_id = $1', at(spaceId, last, last + 1n)],
    ['UPDATE ledger_head SET sequence = sequence - 1 WHERE space_id = $1', at(spaceId, last - 1n, last)],
    ['UPDATE ledger_head SET hash = set_byte(hash, 5, 255 - get_byte(hash, 5)) WHERE space_id = $1', at(spaceId, last)],
    ['DELETE FROM ledger_head WHERE space_id = $1', at(spaceId, last)],
    [
      `UPDATE ledger_head h SET sequence = e.sequence, hash = e.hash FROM ledger_entry e
       WHERE h.space_id = $1 AND e.space_id = $1 AND e.sequence = h.sequence - 1`,
      at(spaceId, last),
    ],
  ] as const)
  await db.query(statement, [spaceId])
  return place
}

const BATCH_CHANGES = [
  `body = set_byte(body, length(body) / 2, (get_byte(body, length(body) / 2) + 1) % 256)`,
  `body = substring(body FROM 1 FOR length(body) - 1)`,
  `digest = set_byte(digest, 7, 255 - get_byte(digest, 7))`,
  // A body and the digest that fits it: only the seal tells.
  `codec = 0, body = '[]', digest = sha256('[]')`,
  `received_at = received_at - interval '1 month'`,
  `received_at = '-infinity'`,
  `app_id = gen_random_uuid()`,
  `key_id = gen_random_uuid()`,
  `event_count = event_count + 1`,
  `codec = 1 - codec`,
  `kind = 1, key_id = NULL`,
] as const

const aBatch: Mutation = async ({ db, dice, ledger }) => {
  const shard = dice.of(ledger.shards)
  const number = BigInt(1 + dice.below(ledger.batches))
  await db.query(`UPDATE journal_batch SET ${dice.of(BATCH_CHANGES)} WHERE shard = $1 AND number = $2`, [
    shard,
    String(number),
  ])
  // Of a body it is known which one; of anything else the run that was sealed together.
  return { in: 'journal', shard, first: number <= FIRST_SEAL ? 1n : FIRST_SEAL + 1n, last: number }
}

const batchesMoved: Mutation = async ({ db, dice, ledger }) => {
  const shard = dice.of(ledger.shards)
  const number = BigInt(1 + dice.below(ledger.batches))
  const end = BigInt(ledger.batches)
  const values = [shard, String(number)]
  const kind = dice.below(5)
  if (kind === 0) {
    await db.query('DELETE FROM journal_batch WHERE shard = $1 AND number = $2', values)
    return { in: 'journal', shard, first: number, last: number }
  }
  if (kind === 1) {
    const to = dice.of([0n, -3n, end + 1n, end + 9n])
    await db.query('UPDATE journal_batch SET number = $3 WHERE shard = $1 AND number = $2', [...values, String(to)])
    return { in: 'journal', shard, first: lowest(to, number), last: number }
  }
  if (kind === 2) {
    await db.query(
      `INSERT INTO journal_batch (shard, number, kind, received_at, key_id, app_id, event_count, digest, codec, body)
       SELECT shard, $3, kind, received_at, key_id, app_id, event_count, digest, codec, body FROM journal_batch WHERE shard = $1 AND number = $2`,
      [...values, String(end + 1n)],
    )
    return { in: 'journal', shard, first: end + 1n, last: end + 1n }
  }
  if (kind === 3) {
    const by = dice.of([1, -1])
    await db.query(`UPDATE journal_head SET next = next + $2 WHERE shard = $1`, [shard, by])
    return { in: 'journal', shard, first: end, last: end + 1n }
  }
  const other = BigInt(1 + dice.below(ledger.batches))
  if (other === number) return null
  await db.query('UPDATE journal_batch SET number = -number WHERE shard = $1 AND number IN ($2, $3)', [
    ...values,
    String(other),
  ])
  await db.query(
    'UPDATE journal_batch SET number = CASE WHEN number = -$2::bigint THEN $3::bigint ELSE $2::bigint END WHERE shard = $1 AND number < 0',
    [...values, String(other)],
  )
  const first = lowest(number, other)
  return { in: 'journal', shard, first: first <= FIRST_SEAL ? 1n : FIRST_SEAL + 1n, last: first }
}

function lowest(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

async function remove(db: pg.Client, spaceId: string, sequence: bigint): Promise<void> {
  await db.query('DELETE FROM ledger_entry WHERE space_id = $1 AND sequence = $2', [spaceId, sequence.toString()])
}

/** Far from all numbers and back, because a number is unique at every moment. */
async function shift(db: pg.Client, spaceId: string, { after, by }: { after: bigint; by: number }): Promise<void> {
  const far = 1_000_000
  await db.query('UPDATE ledger_entry SET sequence = sequence + $3 WHERE space_id = $1 AND sequence > $2', [
    spaceId,
    after.toString(),
    far,
  ])
  await db.query('UPDATE ledger_entry SET sequence = sequence - $2 WHERE space_id = $1 AND sequence > $2', [
    spaceId,
    far - by,
  ])
}

async function copy(
  db: pg.Client,
  spaceId: string,
  input: { from: bigint; to: bigint; previous: string; hash: string },
): Promise<void> {
  await db.query(
    `INSERT INTO ledger_entry SELECT (jsonb_populate_record(e, jsonb_build_object('sequence', $3::bigint, 'previous_hash', '\\x' || $4::text, 'hash', '\\x' || $5::text,
       'kind', CASE e.kind WHEN 'journal_seal' THEN 'seal' ELSE e.kind END))).*
     FROM ledger_entry e WHERE space_id = $1 AND sequence = $2`,
    [spaceId, input.from.toString(), input.to.toString(), input.previous, input.hash],
  )
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'a digit in a column': aDigitInAColumn,
  'a digit in the text': aDigitInTheText,
  'a text with its hash': aTextWithItsHash,
  'a row removed': aRowRemoved,
  'a row added': aRowAdded,
  'two rows swapped': twoRowsSwapped,
  'a hash replaced': aHashReplaced,
  'the head': theHead,
  'a batch of the journal': aBatch,
  'batches moved': batchesMoved,
}
