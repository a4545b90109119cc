import { addDecimals, canonicalJson, type Instant, type JsonValue, parseInstant } from '../kernel/index.ts'
import type { LedgerEntry } from '../ledger/index.ts'
import { decidePostings, type MeterBase, type PostedWindow } from '../posting/index.ts'
import { priceTimeline } from '../rating/index.ts'
import type { Window } from '../window/index.ts'
import type { EvidenceFiles, FileFault } from './bundle.ts'
import type { UsageEntry } from './verify-evidence.ts'

/** What of an entry follows from the usage and the prices. When and where it was posted does not. */
const FOLLOWING = [
  'kind',
  'quantity',
  'measured',
  'cumulative',
  'parts',
  'amount',
  'priceBook',
  'unit',
  'window',
  'period',
] as const

/**
 * Null if posting the measured usage, after what the ledger holds of the account before, gives this entry; or what of it is another.
 *
 * By the prices of the bundle. Where a price was added to the past later on, and the ledger shows that it was posted since, by those that the entries up to
 * this one name: an entry that was right stays so. A repriced entry is rated by both.
 */
export function rateAgain(input: {
  files: EvidenceFiles
  entry: UsageEntry
  sequence: bigint
  ledger: ReadonlyMap<bigint, LedgerEntry>
  measured: readonly MeterBase[]
}): FileFault | null {
  const { files, entry, sequence, ledger, measured } = input
  const where = `entry ${sequence}`
  const account = entriesOfAccount({ entry, ledger })
  const before = account.filter((other) => other.sequence < sequence)
  if (!isWhole(before, entry)) {
    return { where, expected: `entries of the account up to ${entry.cumulative.before}`, found: 'others' }
  }
  const isRepriced = isRepricing(entry)
  // Entries that were repriced together were worked out from what was posted before the first of them.
  const posted = isRepriced ? withoutRun(before, entry) : before
  const ratedBy = isRepriced ? pricesNamed(posted) : undefined
  const rate = (only?: ReadonlySet<string>): FileFault | null =>
    ratedFault({ files, entry, where, posted, measured: isRepriced ? [] : measured, ratedBy, only })
  const fault = rate()
  const later = account.filter((other) => other.sequence > sequence)
  if (fault === null || !later.some((other) => isRepricing(other.entry) && !isOneRun(other.entry, entry))) return fault
  const run = later.filter((other) => isOneRun(other.entry, entry))
  return rate(pricesNamed([...before, { sequence, entry }, ...run])) === null ? null : fault
}

function ratedFault(input: {
  files: EvidenceFiles
  entry: UsageEntry
  where: string
  posted: readonly Posted[]
  measured: readonly MeterBase[]
  /** the prices by which what is posted was rated; undefined: by those in force */
  ratedBy: ReadonlySet<string> | undefined
  /** only these prices are looked at; undefined: all */
  only: ReadonlySet<string> | undefined
}): FileFault | null {
  const { files, entry, where, measured, ratedBy, only } = input
  const { prices, subscriptions, billingZone } = files.charge
  const account = {
    spaceId: files.space.id,
    appId: entry.app,
    capabilityKey: entry.capability,
    unit: entry.unit,
    period: windowOf(entry.period),
  }
  const window = { environment: entry.environment, isExempt: entry.exempt, window: windowOf(entry.window) }
  const ofCapability = prices.filter(({ capabilityKey }) => capabilityKey === entry.capability)
  const timelineBy = (names: ReadonlySet<string> | undefined) =>
    priceTimeline({
      prices: ofCapability.filter((price) => names?.has(priceName(price.bookId, price.effectiveFrom)) ?? true),
      subscriptions,
    })
  try {
    const usage = {
      account,
      timeline: timelineBy(only),
      posted: postedOf(input.posted),
      isPartial: true,
      ...(ratedBy && { ratedBy: timelineBy(ratedBy) }),
    }
    const drafts = decidePostings({
      facts: { currency: entry.currency, billingZone, closedPeriods: [], journal: entry.journal },
      accounts: [{ ...usage, measured: ratedBy ? [] : [{ ...window, measured, entitlements: entry.entitlements }] }],
    })
    const placeOf = ({ environment, exempt, window: { start, end } }: UsageEntry | (typeof drafts)[number]) =>
      JSON.stringify([environment, exempt, start, end])
    const draft = drafts.find((each) => placeOf(each) === placeOf(entry))
    if (draft === undefined) return { where, expected: 'a difference to what was posted', found: 'none' }
    for (const member of FOLLOWING) {
      const [expected, found] = [draft[member], entry[member]].map((value) => canonicalJson(value as JsonValue))
      if (expected !== found) return { where: `${where}, ${member}`, expected: expected ?? '', found: found ?? '' }
    }
    return null
  } catch (error) {
    if (error instanceof RangeError) return { where, expected: 'usage that can be rated', found: error.message }
    throw error
  }
}

function isRepricing(entry: UsageEntry): boolean {
  return entry.kind === 'adjustment' && entry.reason === 'repriced'
}

/** Whether both were repriced by one posting. */
function isOneRun(a: UsageEntry, b: UsageEntry): boolean {
  return isRepricing(a) && isRepricing(b) && a.postedAt === b.postedAt && a.journal.through === b.journal.through
}

function withoutRun(before: readonly Posted[], entry: UsageEntry): Posted[] {
  return before.filter((other) => !isOneRun(other.entry, entry))
}

/** The price versions that entries say they were rated by. */
function pricesNamed(posted: readonly Posted[]): Set<string> {
  const names = new Set<string>()
  for (const { entry } of posted)
    for (const { priceBook, version } of entry.parts)
      if (priceBook !== null && version !== null) names.add(priceName(priceBook, instantOf(version)))
  return names
}

function priceName(bookId: string, effectiveFrom: Instant): string {
  return `${bookId} ${effectiveFrom}`
}

interface Posted {
  sequence: bigint
  entry: UsageEntry
}

/** The account's entries, in their order. */
function entriesOfAccount(input: { entry: UsageEntry; ledger: ReadonlyMap<bigint, LedgerEntry> }): Posted[] {
  const { entry, ledger } = input
  const found: Posted[] = []
  for (const [sequence, other] of ledger) {
    if (other.kind !== 'usage' && other.kind !== 'adjustment') continue
    if (other.app !== entry.app || other.capability !== entry.capability) continue
    if (other.period.start === entry.period.start) found.push({ sequence, entry: other })
  }
  return found
}

/** Each entry says what the account had before it: if one were left out, two would not meet. Exempt usage is counted apart. */
function isWhole(before: readonly Posted[], entry: UsageEntry): boolean {
  const reached = new Map([
    [true, '0'],
    [false, '0'],
  ])
  for (const { exempt, cumulative } of [...before.map((posted) => posted.entry), entry]) {
    if (reached.get(exempt) !== cumulative.before) return false
    reached.set(exempt, cumulative.after)
  }
  return true
}

function postedOf(before: readonly Posted[]): PostedWindow[] {
  const windows = new Map<string, PostedWindow>()
  for (const { sequence, entry } of before) {
    const key = JSON.stringify([entry.environment, entry.exempt, entry.window])
    const known = windows.get(key)
    windows.set(key, {
      environment: entry.environment,
      isExempt: entry.exempt,
      window: windowOf(entry.window),
      firstSequence: known?.firstSequence ?? String(sequence),
      measured: [...(known?.measured ?? []), ...entry.measured],
      entitlements: entry.entitlements,
      amount: addDecimals(known?.amount ?? '0', entry.amount),
    })
  }
  return [...windows.values()]
}

function windowOf({ start, end }: { start: string; end: string }): Window {
  return { start: instantOf(start), end: instantOf(end) }
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text)
  if (instant.ok) return instant.value
  throw new RangeError(`expected an instant, found ${text}`)
}
