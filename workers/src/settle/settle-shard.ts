// Settlement of one shard: from the usage records of windows that are over to entries of the ledger.
// Promises: what is posted is the difference between what is measured as of a journal position and what was posted; run twice, or killed anywhere and run again, it posts nothing twice.
// Does not know: what an amount is (core decides), how entries are chained, when it is called.
import type { Instant } from '@meterbook/core/kernel'
import type { PostingCause } from '@meterbook/core/posting'
import { ALLOWED_LATENESS_MICROS, earlier, idleWatermark, later } from '@meterbook/core/window'
import {
  type ClickHouseClient,
  listTouchedLevels,
  listTouchedSums,
  readFirstUsageHour,
  type SettlementCell,
  type TouchedHour,
} from '@meterbook/db/clickhouse'
import {
  findCorrectionsAt,
  listActs,
  listShardApps,
  type Pool,
  readRatingFacts,
  readSettlementStand,
  type SettlementStand,
  writeSettlementProgress,
} from '@meterbook/db/postgres'
import { checkProjection } from '@meterbook/db/rebuild'
import type { AccountWindows } from '@meterbook/db/settlement'
import { BillingFacts, hourOf, PageSize, readWindows, type SettlementFault } from '@meterbook/db/settlement'
import { postSpace } from './post-space.ts'
import { PostedAccounts } from './posted-accounts.ts'
import type { SettlementStep } from './settlement-steps.ts'

const HOUR = 3_600_000_000n
/** New hours of one step: a long history is settled a month at a time. */
const HOURS_MAX = 31n * 24n
export interface SettleDeps {
  pool: Pool
  clickhouse: ClickHouseClient
  now(): Instant
  /** default: ALLOWED_LATENESS_MICROS */
  allowedLatenessMicros?: bigint
  /**
   * Prices and subscriptions by which everything settled is rated already, as far as this process knows; kept by the settler of a shard. Left out
   * or empty: those recorded before the last step.
   */
  ratedBy?: Set<string>
  /** What accounts come to, kept by the settler of a shard. Left out: read anew by each step. */
  posted?: PostedAccounts
  /** The session by which the caller holds the shard: once it is gone, nothing more is posted. Left out: nobody else can settle the shard. */
  lockedBy?: number
  /** Asked before each page; true ends the step where it is, and the next one goes on. */
  isStopped?(): boolean
  /** Waited for after each page: what else the process and the stores have to do comes first. */
  rest?(): Promise<void>
  /** Told at the end of a step, once for each space that something was posted to. */
  onPosted(posted: PostedNews): void
  /** Told on the way, see SETTLEMENT_STEPS. */
  reached?(step: SettlementStep): void
}

export interface PostedNews {
  spaceId: string
  appIds: string[]
  entries: number
}

export interface SettleResult {
  entries: number
  /** More hours are due. */
  hasMore: boolean
  faults: SettlementFault[]
}

/** One step: every hour that changed since the last one, and up to HOURS_MAX hours that are due now. The caller holds the shard's lock. */
export async function settleShard(deps: SettleDeps, shard: number): Promise<SettleResult> {
  const step = await planStep(deps, shard)
  if (step === null) return { entries: 0, hasMore: false, faults: [] }
  const { stand, range, due, facts } = step
  const touched = await listTouched(deps, step)
  const causesOf = await causesIn(deps, shard, touched)
  const faults = facts.faults()
  let entries = 0
  const news = new StepNews()
  const size = new PageSize()
  const fresh = new PostedAccounts()
  const apps = await listShardApps(deps.pool, shard)
  const pages = pagesOf({ touched, range: { from: step.readFrom, to: range.to }, apps, size })
  const read = async (cells: SettlementCell[]) => {
    const windows = await readPage(deps, { step, cells, touched, causesOf })
    size.learn({ cells: cells.length, windows: windows.count() })
    return windows
  }
  for await (const page of readAhead(pages, read)) {
    if (deps.isStopped?.() === true) {
      news.tell(deps)
      return { entries, hasMore: true, faults }
    }
    deps.reached?.('settle-read')
    faults.push(...page.faults)
    for (const [spaceId, accounts] of page.bySpace()) {
      const posted = await postSpace(deps, {
        facts,
        spaceId,
        accounts,
        shard,
        through: stand.projected,
        generation: stand.generation,
        pid: deps.lockedBy ?? null,
        known: deps.posted ?? fresh,
      })
      faults.push(...posted.faults)
      entries += posted.entries
      if (posted.entries === 0) continue
      deps.reached?.('settle-posted')
      news.add(spaceId, posted.entries, appsOf(accounts))
    }
    await deps.rest?.()
  }
  const { settled, generation, projected } = stand
  const to = { through: projected, until: range.to }
  const isWritten = await writeSettlementProgress(deps.pool, { shard, generation, from: settled, to })
  if (isWritten) deps.reached?.('settle-progressed')
  for (const { key } of facts.newChanges(new Set())) deps.ratedBy?.add(key)
  news.tell(deps)
  return { entries, hasMore: isWritten && due > range.to, faults }
}

/** What a step posted, told once for each space: open pages read themselves again at every word of it. */
class StepNews {
  readonly #bySpace = new Map<string, { entries: number; appIds: Set<string> }>()

  add(spaceId: string, entries: number, appIds: readonly string[]): void {
    const known = this.#bySpace.get(spaceId) ?? { entries: 0, appIds: new Set<string>() }
    known.entries += entries
    for (const appId of appIds) known.appIds.add(appId)
    this.#bySpace.set(spaceId, known)
  }

  tell({ onPosted }: SettleDeps): void {
    for (const [spaceId, { entries, appIds }] of this.#bySpace) onPosted({ spaceId, entries, appIds: [...appIds] })
  }
}

/** Reads one page ahead: the stores read the next one while this one is posted. */
async function* readAhead<Page>(
  pages: Iterable<SettlementCell[]>,
  read: (cells: SettlementCell[]) => Promise<Page>,
): AsyncGenerator<Page> {
  let ahead: Promise<Page> | null = null
  for (const cells of pages) {
    const next = read(cells)
    // Awaited in its turn; until then nobody listens, and a failure must not be called unhandled.
    next.catch(() => undefined)
    if (ahead !== null) yield await ahead
    ahead = next
  }
  if (ahead !== null) yield await ahead
}

interface Step {
  stand: SettlementStand
  facts: BillingFacts
  /** New hours, [from, to): none if they are equal. */
  range: { from: Instant; to: Instant }
  /** Where reading begins: with the new hours, or earlier, where prices were added to the past. */
  readFrom: Instant
  /** Every window that ended at or before this is to be settled. */
  due: Instant
}

/** null: there is nothing to do, or nothing that could be done now. */
async function planStep(deps: SettleDeps, shard: number): Promise<Step | null> {
  // Before the stand is read: what came in between would be behind a watermark that has not seen it.
  const asOf = deps.now()
  const stand = await readSettlementStand(deps.pool, shard)
  // A replay that has not come as far as what was settled shows less than there is.
  if (stand === null || stand.isRebuilding || stand.projected < stand.settled.through) return null
  // A ClickHouse that was lost and is empty again looks as if nothing had been used.
  if ((await checkProjection(deps)) !== 'held') return null
  const watermark = stand.isIdle ? idleWatermark(stand.watermark, asOf) : stand.watermark
  const { settled, projected: through } = stand
  // Of a shard where nothing was projected nothing is known yet: what waits in its journal may be of any month.
  if (watermark === null || through === 0n) return null
  const due = hourOf(watermark - (deps.allowedLatenessMicros ?? ALLOWED_LATENESS_MICROS))
  const begun = settled.until ?? (await readFirstUsageHour(deps.clickhouse, { shard, through }))
  // Only held events so far: everything that is due is settled, at nothing, or a month of the space could never be closed.
  const from = begun ?? due
  const to = later(from, earlier(due, from + HOURS_MAX * HOUR))
  const facts = new BillingFacts(await readRatingFacts(deps.pool))
  const repricedFrom = repricedSince(deps, stand, facts)
  const isNew = begun === null || (settled.until !== null && settled.through !== through)
  if (to === from && repricedFrom === null && !isNew) return null
  const step = { stand, facts, range: { from, to }, readFrom: from, due }
  if (repricedFrom === null) return step
  const first = await readFirstUsageHour(deps.clickhouse, { shard, through })
  return { ...step, readFrom: later(hourOf(repricedFrom), first ?? from) }
}

/** Clocks of transactions that overlap: a price may be recorded before a step began and be seen only after it. */
const RECORDED_MARGIN_MICROS = 60_000_000n

/** From when on settled usage may cost something else than it did, because of a price or a subscription that was added to the past; or null. */
function repricedSince(deps: SettleDeps, { settled, settledAt }: SettlementStand, facts: BillingFacts): Instant | null {
  const { until } = settled
  if (until === null || settledAt === null) return null
  const known = deps.ratedBy ?? new Set<string>()
  const isNew = (recordedAt: Instant) => known.size > 0 || recordedAt > settledAt - RECORDED_MARGIN_MICROS
  const changes = facts.newChanges(known).filter(({ from, recordedAt }) => from < until && isNew(recordedAt))
  return changes.length === 0 ? null : changes.map(({ from }) => from).reduce(earlier)
}

/** Of the hours that were settled before: what was recorded since, and by which acts. */
async function listTouched(deps: SettleDeps, { stand, facts, range }: Step): Promise<TouchedHour[]> {
  if (stand.settled.until === null) return []
  const position = { shard: stand.shard, after: stand.settled.through, through: stand.projected }
  const question = { ...position, before: range.from, acts: await listActs(deps.pool, position) }
  const [sums, levels] = [facts.pricedMeters(['SUM', 'COUNT']), facts.pricedMeters(['TIME_WEIGHTED'])]
  return [
    ...(await listTouchedSums(deps.clickhouse, { ...question, meters: sums })),
    ...(await listTouchedLevels(deps.clickhouse, { ...question, meters: levels })),
  ]
}

/** Touched hours and new ones, app by app, in pages that one statement can ask for. */
function* pagesOf(input: {
  touched: readonly TouchedHour[]
  range: { from: Instant; to: Instant }
  apps: readonly string[]
  size: PageSize
}): Generator<SettlementCell[]> {
  const { touched, range, apps, size } = input
  const hours = new Map<string, Set<bigint>>()
  const add = (appId: string, hour: bigint) => {
    const known = hours.get(appId)
    if (known) known.add(hour)
    else hours.set(appId, new Set([hour]))
  }
  for (const { appId, hour } of touched) add(appId, hour)
  for (const appId of apps) for (let hour = range.from; hour < range.to; hour += HOUR) add(appId, hour)
  let page: SettlementCell[] = []
  for (const appId of [...hours.keys()].sort()) {
    for (const hour of [...(hours.get(appId) ?? [])].sort((a, b) => (a < b ? -1 : 1))) {
      page.push({ appId, hour })
      if (page.length < size.cells) continue
      yield page
      page = []
    }
  }
  if (page.length > 0) yield page
}

async function readPage(
  deps: SettleDeps,
  input: {
    step: Step
    cells: SettlementCell[]
    touched: readonly TouchedHour[]
    causesOf: (touched: TouchedHour) => PostingCause[]
  },
): Promise<AccountWindows> {
  const { cells, step } = input
  const { facts, stand } = step
  // Also what is posted of new hours: a run that was killed may have been there, as of an earlier position.
  const windows = await readWindows(deps, { facts, cells, shard: stand.shard, through: stand.projected })
  const inPage = new Set(cells.map(({ appId, hour }) => `${appId} ${hour}`))
  windows.explain(
    input.touched.filter(({ appId, hour }) => inPage.has(`${appId} ${hour}`)),
    input.causesOf,
  )
  return windows
}

/** What an act made of usage, in the words of an adjustment. A replay counts what was held: it came late. */
const REASONS: Readonly<Record<string, PostingCause['reason']>> = {
  cancel: 'cancelled',
  amend: 'amended',
  reattribute: 'reattributed',
}

async function causesIn(
  deps: SettleDeps,
  shard: number,
  touched: readonly TouchedHour[],
): Promise<(touched: TouchedHour) => PostingCause[]> {
  const batches = [...new Set(touched.flatMap(({ acts }) => acts))]
  const corrections = batches.length === 0 ? new Map() : await findCorrectionsAt(deps.pool, { shard, batches })
  return ({ isLate, acts }) => [
    ...(isLate ? [{ reason: 'late_usage' as const, act: null }] : []),
    ...acts.map((number): PostingCause => {
      const correction = corrections.get(number)
      return { reason: REASONS[correction?.act ?? ''] ?? 'late_usage', act: correction?.id ?? null }
    }),
  ]
}

function appsOf(accounts: readonly { account: { appId: string } }[]): string[] {
  return [...new Set(accounts.map(({ account }) => account.appId))]
}
