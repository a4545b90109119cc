import { type CatalogueGap, catalogueGaps } from '@meterbook/core/attribution'
import type { Catalogue } from '@meterbook/core/catalogue'
import { compareDecimals, formatInstant, type Instant } from '@meterbook/core/kernel'
import { addStake, EMPTY_STAKE, eventStake, type StakeSum, stakeTexts } from '@meterbook/core/quarantine'
import { countEvents, type IndexedEvent, listEvents } from '@meterbook/db/clickhouse'
import { listApps, readContentsInLots, readGapFacts, readPrices, readSpaces } from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { currentProjector } from '../events/projector-at.ts'

const MICROS_PER_DAY = 86_400_000_000n
/** Gaps of longer ago can be cured no more than those: their months are closed. */
const LOOK_BACK = 400n * MICROS_PER_DAY
/** Of what is held for want of an owner or a right, the newest so many are read for the money at stake. */
const HELD_MAX = 2_000
const ROWS_MAX = 500

/** `never_entitled`: usage is held for a right that the app never had. `curable`: held, and would count by the catalogue as it is now. */
type RowKind = CatalogueGap['kind'] | 'never_entitled' | 'curable'

interface GapRow {
  kind: RowKind
  appId: string
  spaceId: string
  /** How many apps it is of, where it is not of one: what a price book lacks, it lacks for all. */
  apps: number
  capabilityKeys: string[]
  meters: string[]
  from: Instant
  to: Instant | null
  events: number
  stake: StakeSum
}

/** Everything of the catalogue that is missing or double, the most money first, with what is held because of it. */
export async function readGaps(stores: EventStores, input: { now: Instant }) {
  const { now } = input
  const filter = {
    appIds: null,
    spaceId: null,
    environments: null,
    verdicts: ['quarantined' as const],
    reasons: ['not_entitled', 'unattributed'],
  }
  const [facts, projector, prices, held, total, apps] = await Promise.all([
    readGapFacts(stores.pool),
    currentProjector(stores.pool),
    readPrices(stores.pool),
    listEvents(stores.clickhouse, { filter, limit: HELD_MAX }),
    countEvents(stores.clickhouse, filter),
    listApps(stores.pool, null),
  ])
  const rows = gathered(catalogueGaps(facts, { from: now - LOOK_BACK, to: null }))
  for (const { event: indexed, content } of await withContents(stores, held)) {
    const stake = eventStake({ held: { ...indexed, event: content }, catalogue: projector.catalogue, prices })
    const row = rowOf(rows, { indexed, catalogue: projector.catalogue })
    row.events++
    row.stake = addStake(row.stake, stake)
  }
  const spaces = await readSpaces(
    stores.pool,
    rows.map(({ spaceId }) => spaceId),
  )
  const named = new Map(apps.map((app) => [app.id, app]))
  const texts = rows.map(({ appId, spaceId, from, to, stake, ...row }) => ({
    ...row,
    app: named.get(appId)?.slug ?? null,
    appId,
    space: spaces.get(spaceId)?.name ?? null,
    from: formatInstant(from),
    to: to === null ? null : formatInstant(to),
    isAhead: from > now,
    stake: stakeTexts(stake),
  }))
  return {
    gaps: texts.sort(byMoney).slice(0, ROWS_MAX),
    found: texts.length,
    held: { total, examined: held.length },
    assumes: 'List prices at the time of each event; what is left of allowances is not considered.',
  }
}

/** What begins and ends together, for the same reason, of the same app is one row; what a price book lacks, one for all apps of the space. */
function gathered(gaps: readonly CatalogueGap[]): GapRow[] {
  const appOf = ({ kind, appId }: CatalogueGap) => (kind === 'unpriced' ? '' : appId)
  const key = (gap: CatalogueGap) => [gap.kind, appOf(gap), gap.spaceId, gap.from, gap.to, ...gap.meters].join(' ')
  return [...Map.groupBy(gaps, key).values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const { capabilityKey: _one, ...gap } = first
    const capabilityKeys = [...new Set(same.map((each) => each.capabilityKey))].filter((each) => each !== '').sort()
    const appId = appOf(first)
    const apps = appId === '' ? new Set(same.map((each) => each.appId).filter((each) => each !== '')).size : 0
    return [{ ...gap, appId, apps, capabilityKeys, events: 0, stake: EMPTY_STAKE }]
  })
}

/** The gap that an event is held by; a new row where no gap explains it. */
function rowOf(rows: GapRow[], { indexed, catalogue }: { indexed: IndexedEvent; catalogue: Catalogue }): GapRow {
  const { appId, at, type } = indexed
  const meters = catalogue.metersInForce(type, at)
  const wanted = new Set(meters.map(({ meter }) => meter.capabilityKey))
  const gap = rows.find(
    (row) =>
      row.appId === appId &&
      HOLDING.has(row.kind) &&
      row.from <= at &&
      (row.to === null || at < row.to) &&
      (row.capabilityKeys.length === 0 || row.capabilityKeys.some((each) => wanted.has(each))),
  )
  if (gap !== undefined) return gap
  const spaceId = catalogue.ownershipOf(appId, at)?.spaceId ?? ''
  const missing = [...wanted]
    .filter((capabilityKey) => catalogue.entitlementOf({ appId, spaceId, capabilityKey, at }) === null)
    .sort()
  const kind = missing.length < wanted.size ? 'curable' : 'never_entitled'
  const capabilityKeys = kind === 'curable' ? [...wanted].sort() : missing
  const known = rows.find(
    (row) => row.kind === kind && row.appId === appId && row.capabilityKeys.join() === capabilityKeys.join(),
  )
  if (known !== undefined) {
    if (at < known.from) known.from = at
    return known
  }
  const row: GapRow = {
    kind,
    appId,
    spaceId,
    apps: 0,
    capabilityKeys,
    meters: [],
    from: at,
    to: null,
    events: 0,
    stake: EMPTY_STAKE,
  }
  rows.push(row)
  return row
}

const HOLDING = new Set<RowKind>(['unowned', 'unsubscribed', 'dangling', 'not_entitled'])

async function withContents({ pool }: EventStores, events: readonly IndexedEvent[]) {
  const found = []
  for (const [shard, ofShard] of Map.groupBy(events, (event) => event.shard)) {
    const contents = await readContentsInLots(pool, { shard, places: ofShard.map(({ content }) => content) })
    for (const [index, event] of ofShard.entries()) {
      const content = contents[index]?.event
      if (content !== undefined) found.push({ event, content })
    }
  }
  return found
}

type Ranked = { stake: ReturnType<typeof stakeTexts>; events: number; isAhead: boolean; from: string }

/** The most money first, then the most events; what lies ahead has none yet and comes by its time. */
function byMoney(a: Ranked, b: Ranked): number {
  const most = ({ stake }: Ranked) =>
    stake.amounts.reduce((max, { amount }) => (compareDecimals(amount, max) > 0 ? amount : max), '0')
  return (
    compareDecimals(most(b), most(a)) ||
    b.events - a.events ||
    Number(b.isAhead) - Number(a.isAhead) ||
    (a.from < b.from ? 1 : -1)
  )
}
