import { formulaText } from '@meterbook/core/catalogue'
import { addDecimals, compareDecimals, formatInstant, type Instant } from '@meterbook/core/kernel'
import type { LedgerEntry } from '@meterbook/core/ledger'
import { priceShare } from '@meterbook/core/posting'
import type { PriceVersion } from '@meterbook/core/rating'
import { statementId } from '@meterbook/core/statement'
import { readEventStates } from '@meterbook/db/clickhouse'
import { listMeterDefinitions, listStatements, readMeasuredNames, readRatingFacts } from '@meterbook/db/postgres'
import { BillingFacts, type EventSettlement, readEventSettlement } from '@meterbook/db/settlement'
import { usageLineId } from '../statements/statement-line-id.ts'
import type { EventStores } from './event-sight.ts'
import type { FoundEvent } from './find-event.ts'

/** Later than any act: the state as it is now. */
const FOR_EVER = 9_223_372_036_854_775_807n

type UsageEntry = Extract<LedgerEntry, { kind: 'usage' | 'adjustment' }>

/**
 * What an event costs, capability by capability, down to the ledger entries that bill it: its own share of each, worked out anew from the usage records
 * and compared with what was posted. Without `maySeeCost` there are quantities and places in the chain, and no money. Decimal texts.
 */
export async function chargesOf(
  stores: EventStores,
  input: { found: Extract<FoundEvent, { kind: 'projected' }>; maySeeCost: boolean },
) {
  const { found, maySeeCost } = input
  const { app, states } = found
  const present = states.at(-1) ?? states[0]
  const place = { batch: present.batch, pos: present.pos }
  const { shard } = app
  const [[state], ratingFacts, definitions, names] = await Promise.all([
    readEventStates(stores.clickhouse, { shard, appId: app.id, before: FOR_EVER, places: [place] }),
    readRatingFacts(stores.pool),
    listMeterDefinitions(stores.pool),
    readMeasuredNames(stores.pool),
  ])
  const facts = new BillingFacts(ratingFacts)
  const records = (present.verdict === 'counted' ? state?.records : null) ?? []
  const priced = records.flatMap((record) => {
    const capabilityKey = facts.meter(record.meter)?.capabilityKey
    return capabilityKey === undefined ? [] : [{ ...record, capabilityKey }]
  })
  const capabilities = []
  for (const [capabilityKey, of] of Map.groupBy(priced, (record) => record.capabilityKey)) {
    const [first] = of
    if (first === undefined) continue
    const event = { ...place, shard, appId: app.id, spaceId: first.spaceId, environment: first.environment }
    const settlement = await readEventSettlement(stores, {
      facts,
      capabilityKey,
      meters: of.map(({ meter }) => meter),
      event: { ...event, isExempt: first.isExempt, at: first.at },
    })
    const space = facts.space(first.spaceId)
    if (settlement === null || space === null) continue
    const issued = await listStatements(stores.pool, space.id)
    const idOf = (start: string, end: string) =>
      issued.find(({ period }) => formatInstant(period.start) === start)?.id ??
      statementId({ period: { start: microsOf(start), end: microsOf(end) }, slug: space.slug })
    const entries = settlement.entries.map((each) => entryOf(each, { maySeeCost, idOf }))
    capabilities.push({
      capability: capabilityKey,
      name: names.capabilities.get(capabilityKey) ?? capabilityKey,
      unit: settlement.unit,
      isExempt: first.isExempt,
      isLevel: settlement.isLevel,
      formulas: of.flatMap(({ meter, meterVersion }) => {
        const version = definitions.find(({ slug }) => slug === meter)?.versions.find((v) => v.version === meterVersion)
        return version === undefined ? [] : [{ meter, words: formulaText(version) }]
      }),
      window: windowText(settlement.window),
      period: windowText(settlement.period),
      currency: space.currency,
      /** in force at the event's time, by today's price book; null without the right to see cost, too */
      price: maySeeCost && settlement.price ? priceText(settlement.price) : null,
      isPriced: settlement.price !== null,
      entries,
      /** Σ of its shares; null where it is not posted yet, or cannot be told apart */
      ...totalsOf(entries, settlement, maySeeCost),
    })
  }
  return { maySeeCost, verdict: present.verdict, capabilities }
}

export type EventCharges = Awaited<ReturnType<typeof chargesOf>>

type Shown = ReturnType<typeof entryOf>

function totalsOf(entries: readonly Shown[], settlement: EventSettlement, maySeeCost: boolean) {
  const shares = entries.flatMap(({ share }) => (share === null ? [] : [share]))
  if (shares.length === 0 || settlement.isLevel) return { quantity: null, amount: null }
  const isWhole = shares.every((share) => share.isAsPosted)
  return {
    quantity: shares.reduce((sum, share) => addDecimals(sum, share.quantity), '0'),
    amount: isWhole && maySeeCost ? shares.reduce((sum, share) => addDecimals(sum, share.amount ?? '0'), '0') : null,
  }
}

function entryOf(
  { stored, question }: EventSettlement['entries'][number],
  { maySeeCost, idOf }: { maySeeCost: boolean; idOf: (start: string, end: string) => string },
) {
  const entry = stored.entry as UsageEntry
  const worked = question === null ? null : priceShare(question)
  const isAsPosted =
    worked !== null &&
    compareDecimals(worked.entry.amount, entry.amount) === 0 &&
    compareDecimals(worked.entry.quantity, entry.quantity) === 0
  const isOwnMonth = entry.period.start === entry.billedIn.start
  return {
    sequence: stored.sequence.toString(),
    hash: stored.hash,
    previousHash: stored.previousHash,
    kind: entry.kind,
    reason: entry.kind === 'adjustment' ? entry.reason : null,
    adjusts: entry.kind === 'adjustment' ? entry.adjusts : null,
    postedAt: entry.postedAt,
    through: entry.journal.through,
    quantity: entry.quantity,
    amount: maySeeCost ? entry.amount : null,
    statement: {
      id: idOf(entry.billedIn.start, entry.billedIn.end),
      line: usageLineId({
        kind: isOwnMonth ? (entry.exempt ? 'exempt' : 'usage') : 'correction',
        app: entry.app,
        capability: entry.capability,
        unit: entry.unit,
        isExempt: entry.exempt,
        periodStart: entry.period.start,
      }),
    },
    /** null: the event is not in this entry, or a level is, which no single event makes */
    share:
      worked === null
        ? null
        : {
            quantity: worked.quantity,
            cumulative: worked.cumulative,
            amount: maySeeCost ? worked.amount : null,
            parts: maySeeCost ? worked.parts : [],
            /** Worked out anew, the whole entry comes to what was posted, to the last digit. */
            isAsPosted,
          },
  }
}

function priceText({ allowance, price, per, packaging, tiers, effectiveFrom }: PriceVersion) {
  return { allowance, price, per, packaging, tiers, since: formatInstant(effectiveFrom) }
}

function windowText({ start, end }: { start: Instant; end: Instant }) {
  return { start: formatInstant(start), end: formatInstant(end) }
}

function microsOf(text: string): Instant {
  return BigInt(Date.parse(text)) * 1000n
}
