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

/** Null if posting the measured usage, after what the ledger holds of the account before, gives this entry; or what of it is another. */
export function rateAgain(input: {
  files: EvidenceFiles
  entry: UsageEntry
  sequence: bigint
  ledger: ReadonlyMap<bigint, LedgerEntry>
  measured: readonly MeterBase[]
}): FileFault | null {
  const { files, entry, sequence, ledger, measured } = input
  const where = `entry ${sequence}`
  const before = accountBefore({ sequence, entry, ledger })
  if (!isWhole(before, entry)) {
    return { where, expected: `entries of the account up to ${entry.cumulative.before}`, found: 'others' }
  }
  const { prices, subscriptions, billingZone } = files.charge
  const account = {
    spaceId: files.space.id,
    appId: entry.app,
    capabilityKey: entry.capability,
    unit: entry.unit,
    period: windowOf(entry.period),
  }
  const window = { environment: entry.environment, isExempt: entry.exempt, window: windowOf(entry.window) }
  try {
    const ofCapability = prices.filter(({ capabilityKey }) => capabilityKey === entry.capability)
    const timeline = priceTimeline({ prices: ofCapability, subscriptions })
    const usage = { account, timeline, posted: postedOf(before), isPartial: true }
    const [draft] = decidePostings({
      facts: { currency: entry.currency, billingZone, closedPeriods: [], journal: entry.journal },
      accounts: [{ ...usage, measured: [{ ...window, measured, entitlements: entry.entitlements }] }],
    })
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

interface Posted {
  sequence: bigint
  entry: UsageEntry
}

/** The account's entries before this one, in their order. */
function accountBefore(input: {
  sequence: bigint
  entry: UsageEntry
  ledger: ReadonlyMap<bigint, LedgerEntry>
}): Posted[] {
  const { entry, ledger } = input
  const found: Posted[] = []
  for (const [sequence, other] of ledger) {
    if (sequence >= input.sequence || (other.kind !== 'usage' && other.kind !== 'adjustment')) continue
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
