import { addDecimals, compareDecimals, formatInstant, type Instant, sha256 } from '@meterbook/core/kernel'
import { type ChecklistItem, closingChecklist, linesDigest, type StatementLine } from '@meterbook/core/statement'
import { countHeldEvents } from '@meterbook/db/held-events'
import {
  type BilledSpace,
  findEntry,
  listApps,
  type NamedApp,
  readBilledSum,
  readMeasuredNames,
  readMonthFacts,
} from '@meterbook/db/postgres'
import type { EventStores } from '../events/event-sight.ts'
import { type Month, readMonths, type SpaceMonths } from './read-months.ts'
import { type NamedLine, namedLines } from './statement-line-id.ts'

/** The months of a space, newest first. `total` of a month that is not issued is what it would be if it were closed now. */
export async function listMonths({ pool }: Pick<EventStores, 'pool'>, input: { space: BilledSpace; asOf: Instant }) {
  const { months } = await readMonths(pool, input)
  return {
    months: months.toReversed().map((month) => ({
      ...headOf(month),
      total: month.statement.total,
      closedAt: month.stored === null ? null : formatInstant(month.stored.closedAt),
      settledUntil: textOf(month.settledUntil),
    })),
  }
}

/** One statement as texts, for pages and the public interface alike; null if the space has no month of that id. */
export async function readStatement(
  stores: EventStores,
  input: { space: BilledSpace; id: string; asOf: Instant },
): Promise<StatementAnswer | null> {
  const read = await readMonths(stores.pool, input)
  const month = read.months.find(({ id }) => id === input.id)
  return month === undefined ? null : answerOf(stores, { read, month, asOf: input.asOf })
}

export type StatementAnswer = Awaited<ReturnType<typeof answerOf>>

async function answerOf(stores: EventStores, input: { read: SpaceMonths; month: Month; asOf: Instant }) {
  const { read, month } = input
  const { space } = read
  const { statement, stored } = month
  const lines = namedLines(statement)
  const [names, proof, checklist] = await Promise.all([
    namesOf(stores, lines),
    proofOf(stores, { ...input, lines }),
    stored === null ? checklistOf(stores, { ...input, space }) : stored.checklist,
  ])
  return {
    ...headOf(month),
    space: { slug: space.slug, name: space.name },
    zone: space.billingZone,
    closedAt: stored === null ? null : formatInstant(stored.closedAt),
    closedBy: stored?.closedBy ?? null,
    settledUntil: textOf(month.settledUntil),
    lines: lines.map((line) => lineText(line, names)),
    exactTotal: statement.exactTotal,
    rounding: statement.lines.find(({ kind }) => kind === 'rounding')?.amount ?? '0',
    total: statement.total,
    /** SHA-256 of the canonical text of the lines; of an issued statement it is in its ledger entry, too */
    checksum: proof.linesDigest,
    checklist: checklist.map(({ key, state, text }) => ({ item: key, state, words: text })),
    proof,
    correctedBy: correctionsOf(read, month),
  }
}

function headOf({ id, period, state, statement }: Month) {
  return {
    id,
    state,
    period: { start: formatInstant(period.start), end: formatInstant(period.end) },
    currency: statement.currency,
  }
}

interface Names {
  apps: Map<string, NamedApp>
  capabilities: Map<string, string>
}

async function namesOf({ pool }: EventStores, lines: readonly NamedLine[]): Promise<Names> {
  const ids = lines.flatMap(({ line }) => ('app' in line ? [line.app] : []))
  const [apps, { capabilities }] = await Promise.all([listApps(pool, [...new Set(ids)]), readMeasuredNames(pool)])
  return { apps: new Map(apps.map((app) => [app.id, app])), capabilities }
}

function lineText({ id, number, line }: NamedLine, { apps, capabilities }: Names) {
  const usage = 'app' in line ? line : null
  const app = usage === null ? null : (apps.get(usage.app) ?? { id: usage.app, slug: usage.app, name: usage.app })
  const capabilityName = usage === null ? null : (capabilities.get(usage.capability) ?? usage.capability)
  return {
    id,
    number,
    kind: line.kind,
    app: app?.slug ?? null,
    appName: app?.name ?? null,
    capability: usage?.capability ?? null,
    capabilityName,
    description: descriptionOf(line, { app: app?.name ?? '', capability: capabilityName ?? '' }),
    quantity: usage?.quantity ?? null,
    unit: usage?.unit ?? null,
    amount: line.amount,
    exempt: usage?.isExempt ?? false,
    /** start of the month that the line corrects */
    correctionOf: line.kind === 'correction' ? line.period.start : null,
    /** entries behind it: their own page; null for what is not posted yet, and for a lump */
    entries: usage?.entries ?? null,
  }
}

function descriptionOf(line: StatementLine, names: { app: string; capability: string }): string {
  if (line.kind === 'rounding') return 'Rounding of the statement'
  if (!('app' in line)) return line.text
  const exempt = line.isExempt ? ', exempt' : ''
  const of =
    line.kind === 'correction' ? `, usage of ${line.period.start.slice(0, 10)} to ${line.period.end.slice(0, 10)}` : ''
  return `${names.app}: ${names.capability}${exempt}${of}`
}

/**
 * What shows that the lines are the entries: both sums, worked out apart from each other, and of an issued statement the digest of the lines that its
 * ledger entry testifies. Of a month that is not issued, terms and rounding are left out of the sum, which are not posted yet.
 */
async function proofOf(stores: EventStores, input: { read: SpaceMonths; month: Month; lines: readonly NamedLine[] }) {
  const { read, month } = input
  const { stored, period } = month
  const place = { spaceId: read.space.id, periodStart: period.start }
  const posted = month.posted ?? (await readBilledSum(stores.pool, place))
  const own =
    stored === null ? null : await findEntry(stores.pool, { spaceId: read.space.id, sequence: stored.ledgerSequence })
  const ofEntries = input.lines.filter(({ line }) => stored !== null || 'app' in line)
  const linesSum = ofEntries.reduce((sum, { line }) => addDecimals(sum, line.amount), '0')
  const entriesSum = posted.amount
  const digest = linesDigest(month.statement.lines, sha256)
  const testified = own?.entry.kind === 'statement' ? own.entry.lines : null
  return {
    ledgerSequence: (stored?.ledgerSequence ?? read.head?.sequence ?? 0n).toString(),
    headHash: stored === null ? (read.head?.hash ?? null) : (own?.hash ?? null),
    linesDigest: digest,
    entriesCount: posted.entries,
    entriesSum,
    linesSum,
    isEqual: compareDecimals(entriesSum, linesSum) === 0 && (testified === null || testified === digest),
  }
}

async function checklistOf(
  stores: EventStores,
  { space, month, asOf }: { space: BilledSpace; month: Month; asOf: Instant },
): Promise<ChecklistItem[]> {
  const { period } = month
  const [{ settledUntil, openIncidents, waiver }, quarantined] = await Promise.all([
    readMonthFacts(stores.pool, { spaceId: space.id, period, asOf }),
    countHeldEvents(stores, { spaceId: space.id, period }),
  ])
  return closingChecklist({ period, asOf, settledUntil, openIncidents, quarantined, waiver })
}

/** Where corrections of a month stand: by statement, and what they come to. */
function correctionsOf({ months }: SpaceMonths, { statement }: Month) {
  return months.flatMap((later) => {
    const amounts = later.statement.lines.flatMap((line) =>
      line.kind === 'correction' && line.period.start === statement.period.start ? [line.amount] : [],
    )
    return amounts.length === 0
      ? []
      : [{ id: later.id, state: later.state, amount: amounts.reduce((sum, amount) => addDecimals(sum, amount), '0') }]
  })
}

function textOf(instant: Instant | null): string | null {
  return instant === null ? null : formatInstant(instant)
}
