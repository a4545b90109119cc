import { hash } from 'node:crypto'
import type { StoredCatalogue } from '@meterbook/core/catalogue'
import type { JournalPlace } from '@meterbook/core/event'
import { type EvidenceParts, packEvidence, verifyEvidence } from '@meterbook/core/evidence'
import { type Instant, parseInstant } from '@meterbook/core/kernel'
import { type LedgerEntry, type LedgerRow, merkleLeaf, merkleProof, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import {
  type ClickHouseClient,
  type CountedPlace,
  type EvidenceQuestion,
  readCountedPlaces,
  readEventStates,
  readLevelPlaces,
} from '../clickhouse/index.ts'
import {
  type BillingMeter,
  findEntry,
  inSnapshot,
  type Pool,
  type PoolClient,
  type RatingFacts,
  readBatchesAt,
  readCatalogueSnapshot,
  readEntries,
  readLedgerRows,
  readRatingFacts,
  readSealedBatches,
  sealJournal,
} from '../postgres/index.ts'

/** More than a bundle should hold: a window of that many events is asked for in another way. */
const EVENTS_MAX = 100_000
/** A month of hours in one environment, and its corrections. Each is rated again after all before it. */
export const ENTRIES_MAX = 1_000
const BATCHES_MAX = 5_000
const ROWS_MAX = 200_000
const SEALS_PAGE = 500

/** There is no evidence of that kind, or not of that size; the message says what was expected and found. */
export class EvidenceRefused extends Error {
  override readonly name = 'EvidenceRefused'
}

/** Entries of usage of one app in a space. */
export interface EvidenceAsked {
  space: { id: string; slug: string }
  sequences: readonly bigint[]
}

type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }>
type ProvenBatches = EvidenceParts['batches']

const sha256 = (text: string): string => hash('sha256', text, 'hex')

/**
 * Everything that entries of usage follow from, as one file that verifies by itself: it is verified before it is given out. The entries are of one app: a
 * single one, or all of a statement's line. What of the journal is not sealed yet is sealed first. Throws EvidenceRefused for an entry that is not of
 * usage, for what is too large, and where a charge does not follow.
 */
export async function exportEvidence(
  deps: { pool: Pool; clickhouse: ClickHouseClient; now(): Instant },
  input: EvidenceAsked,
): Promise<Uint8Array> {
  const { pool } = deps
  const { space } = input
  if (input.sequences.length > ENTRIES_MAX)
    throw new EvidenceRefused(`expected at most ${ENTRIES_MAX} entries, found more`)
  const sequences = [...input.sequences].sort((a, b) => (a < b ? -1 : 1))
  const found: UsageAt[] = []
  for (const sequence of sequences) found.push({ sequence, entry: await usageAt(pool, space, sequence) })
  const [first] = found
  const last = found.at(-1)
  if (first === undefined || last === undefined) throw new EvidenceRefused('expected an entry of usage, found none')
  const { shard } = first.entry.journal
  if (found.some(({ entry }) => entry.app !== first.entry.app)) {
    throw new EvidenceRefused('expected entries of one app, found several')
  }
  // Later entries are true of later journal numbers.
  await sealJournal(pool, { shard, through: BigInt(last.entry.journal.through), postedAt: deps.now() })
  const facts = await readRatingFacts(pool)
  const entries = await countedOf(deps, { space, facts, found })
  const counted = entries.flatMap((entry) => entry.counted)
  const billing = facts.spaces.get(space.id)
  const parts = await inSnapshot(pool, async (client): Promise<EvidenceParts> => {
    const batches = await provenBatches(client, { pool, shard, counted })
    return {
      space,
      entries: entries.map(({ sequence, counted: of }) => ({ sequence, counted: of.map(withAct) })),
      ledger: await rowsFrom(client, space.id, await firstOfAccounts(client, space.id, found)),
      // Seals of a shard are in the order of what they cover.
      platform: await rowsFrom(client, PLATFORM_SPACE_ID, batches[0]?.seal ?? 1n),
      batches,
      catalogues: await cataloguesOf(pool, counted),
      prices: facts.prices.filter(({ capabilityKey }) => found.some(({ entry }) => entry.capability === capabilityKey)),
      subscriptions: billing?.subscriptions ?? [],
      billingZone: billing?.billingZone ?? 'UTC',
    }
  })
  const bundle = packEvidence(parts, sha256)
  const { fault } = verifyEvidence(bundle, { sha256 })
  if (fault === null) return bundle
  const { step, where, expected, found: other } = fault
  throw new EvidenceRefused(`expected the charge to follow; ${step}, ${where}: expected ${expected}, found ${other}`)
}

interface UsageAt {
  sequence: bigint
  entry: UsageEntry
}

async function usageAt(pool: Pool, space: { id: string; slug: string }, sequence: bigint): Promise<UsageEntry> {
  const stored = await findEntry(pool, { spaceId: space.id, sequence })
  const entry = stored?.entry
  if (entry?.kind === 'usage' || entry?.kind === 'adjustment') return entry
  throw new EvidenceRefused(
    `expected an entry of usage as ${sequence} of ${space.slug}, found ${entry?.kind ?? 'none'}`,
  )
}

/** The events that make up each entry. */
async function countedOf(
  deps: { clickhouse: ClickHouseClient },
  input: { space: { id: string }; facts: RatingFacts; found: readonly UsageAt[] },
): Promise<{ sequence: bigint; counted: CountedEvent[] }[]> {
  const entries = []
  let events = 0
  for (const { sequence, entry } of input.found) {
    const meters = input.facts.meters.filter(({ capabilityKey }) => capabilityKey === entry.capability)
    const counted = await countedPlaces(deps.clickhouse, meters, {
      shard: entry.journal.shard,
      through: BigInt(entry.journal.through),
      spaceId: input.space.id,
      appId: entry.app,
      environment: entry.environment,
      isExempt: entry.exempt,
      start: microsOf(entry.window.start),
      end: microsOf(entry.window.end),
      limit: EVENTS_MAX,
    })
    events += counted.length
    if (events > EVENTS_MAX) throw new EvidenceRefused(`expected at most ${EVENTS_MAX} events, found more`)
    entries.push({ sequence, counted: await withContents(deps.clickhouse, { entry, counted }) })
  }
  return entries
}

/** `content`: where the content of an event was given that the act which counts left as it was; null: by that act, or it is the event's own. */
type CountedEvent = CountedPlace & { content: JournalPlace | null }

/** An event that was amended and then re-attributed has the content of one act and the place of another. */
async function withContents(
  clickhouse: ClickHouseClient,
  { entry: { journal, app }, counted }: { entry: UsageEntry; counted: readonly CountedPlace[] },
): Promise<CountedEvent[]> {
  const found = new Map<CountedPlace, JournalPlace | null>()
  for (const [act, places] of Map.groupBy(counted.filter(isActed), ({ entry }) => entry.batch)) {
    const question = { shard: journal.shard, appId: app, before: act + 1n, places }
    const states = await readEventStates(clickhouse, question)
    for (const [index, place] of places.entries()) found.set(place, states[index]?.content ?? null)
  }
  return counted.map((place) => {
    const content = found.get(place) ?? null
    const isKnown = content === null || isSame(content, place) || isSame(content, place.entry)
    return { ...place, content: isKnown ? null : content }
  })
}

function isActed(place: CountedPlace): boolean {
  return !isSame(place, place.entry)
}

function isSame(a: JournalPlace, b: JournalPlace): boolean {
  return a.batch === b.batch && a.pos === b.pos
}

/** As a bundle has it: an act only where it is not the event itself that counts. */
function withAct(event: CountedEvent): EvidenceParts['entries'][number]['counted'][number] {
  const { batch, pos, entry, revision, content } = event
  return { batch, pos, revision, act: isActed(event) ? entry : null, ...(content && { content }) }
}

/** Of meters that add up what was used in the window, of levels what holds in it; each event once. */
async function countedPlaces(
  clickhouse: ClickHouseClient,
  meters: readonly BillingMeter[],
  question: Omit<EvidenceQuestion, 'meters'>,
): Promise<CountedPlace[]> {
  const isLevel = ({ versions }: BillingMeter) =>
    [...versions.values()].some(({ aggregation }) => aggregation === 'TIME_WEIGHTED')
  const slugsOf = (some: readonly BillingMeter[]) => some.map(({ slug }) => slug)
  const places = [
    ...(await readCountedPlaces(clickhouse, { ...question, meters: slugsOf(meters.filter((each) => !isLevel(each))) })),
    ...(await readLevelPlaces(clickhouse, { ...question, meters: slugsOf(meters.filter(isLevel)) })),
  ]
  return [...new Map(places.map((place) => [`${place.batch} ${place.pos}`, place])).values()]
}

/** Every journal row that a counted event or its act stands in, with the seal that covers it and the way to its root. */
async function provenBatches(
  client: PoolClient,
  input: { pool: Pool; shard: number; counted: readonly CountedEvent[] },
): Promise<ProvenBatches> {
  const { pool, shard, counted } = input
  const wanted = new Set(
    counted.flatMap(({ batch, entry, content }) => [batch, entry.batch, ...(content ? [content.batch] : [])]),
  )
  if (wanted.size > BATCHES_MAX) {
    throw new EvidenceRefused(`expected at most ${BATCHES_MAX} journal rows, found ${wanted.size}`)
  }
  const proven: ProvenBatches[number][] = []
  for await (const { sequence, first, last } of sealsOf(client, shard)) {
    const numbers = [...wanted].filter((number) => number >= first && number <= last)
    if (numbers.length === 0) continue
    const heads = await readSealedBatches(client, { shard, first, last })
    const leaves = heads.map((head) => merkleLeaf(head, sha256))
    for (const { number, body } of await readBatchesAt(pool, { shard, numbers })) {
      const index = Number(number - first)
      const head = heads[index]
      if (head?.number !== number) throw new EvidenceRefused(`expected journal row ${number} in its seal, found none`)
      proven.push({ head, body, seal: sequence, proof: merkleProof(leaves, index, sha256) })
    }
  }
  return proven
}

async function* sealsOf(
  client: PoolClient,
  shard: number,
): AsyncGenerator<{ sequence: bigint; first: bigint; last: bigint }, void> {
  let after = 0n
  for (;;) {
    const filter = { kinds: ['journal_seal'] as const, journalShard: shard }
    const page = await readEntries(client, { spaceId: PLATFORM_SPACE_ID, filter, after, limit: SEALS_PAGE })
    for (const { sequence, entry } of page) {
      if (entry.kind === 'journal_seal') yield { sequence, first: BigInt(entry.first), last: BigInt(entry.last) }
    }
    if (page.length < SEALS_PAGE) return
    after = page.at(-1)?.sequence ?? after
  }
}

/** The first entry of any of their accounts: from there on a bundle has the chain. */
async function firstOfAccounts(client: PoolClient, spaceId: string, found: readonly UsageAt[]): Promise<bigint> {
  let earliest = found[0]?.sequence ?? 1n
  const accounts = new Map(found.map(({ entry }) => [`${entry.capability} ${entry.period.start}`, entry]))
  for (const entry of accounts.values()) {
    const filter = {
      appId: entry.app,
      capabilityKey: entry.capability,
      periodStart: microsOf(entry.period.start),
    }
    const [first] = await readEntries(client, { spaceId, filter, limit: 1 })
    if (first !== undefined && first.sequence < earliest) earliest = first.sequence
  }
  return earliest
}

async function rowsFrom(client: PoolClient, spaceId: string, from: bigint): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = []
  for await (const page of readLedgerRows(client, { spaceId, from })) {
    rows.push(...page)
    if (rows.length > ROWS_MAX)
      throw new EvidenceRefused(`expected at most ${ROWS_MAX} entries up to the head, found more`)
  }
  return rows
}

async function cataloguesOf(pool: Pool, counted: readonly CountedPlace[]): Promise<StoredCatalogue[]> {
  const revisions = [...new Set(counted.map(({ revision }) => revision))].sort((a, b) => (a < b ? -1 : 1))
  const catalogues: StoredCatalogue[] = []
  for (const revision of revisions) catalogues.push(await readCatalogueSnapshot(pool, revision))
  return catalogues
}

function microsOf(text: string): bigint {
  const instant = parseInstant(text)
  if (!instant.ok) throw new RangeError(`expected an instant, found ${text}`)
  return instant.value
}
