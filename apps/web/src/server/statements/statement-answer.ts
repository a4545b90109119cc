import { addDecimals, compareDecimals, formatInstant, type Instant, sha256 } from '@meterbook/core/kernel'
import {
  type ChecklistItem,
  closingChecklist,
  linesDigest,
  type StatementLine,
  type UsageLine,
} from '@meterbook/core/statement'
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
import { readProvisional } from './read-provisional.ts'
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
    namesOf(
      stores,
      lines.map(({ line }) => line),
    ),
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
    /** Σ of each app's own lines of the month, exempt ones too, exact; corrections of earlier months are not in it */
    apps: appSums(lines, names),
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

/**
 * What is measured of a month that is not issued and not posted yet, as texts: apart from the lines, and marked. null: the month is issued; undefined: there
 * is none. posted + provisional, with the terms and one rounding, is the expected total.
 */
export async function readProvisionalAnswer(
  stores: EventStores,
  input: { space: BilledSpace; id: string; asOf: Instant },
) {
  const read = await readProvisional(stores, input)
  if (read === undefined || read === null || read.state === 'unavailable') return read
  const { from, until, posted, lines, provisional, expected } = read
  const named = lines.map((line) => ({ ...line, entries: 0 }))
  const names = await namesOf(stores, named)
  return {
    state: read.state,
    from: textOf(from),
    until: textOf(until),
    lines: named.map((line) => {
      const words = usageText(line, names)
      return {
        ...words,
        description: descriptionOf(line, words),
        quantity: line.quantity,
        unit: line.unit,
        amount: line.amount,
        exempt: line.isExempt,
      }
    }),
    posted,
    provisional,
    expectedExactTotal: expected.exactTotal,
    expectedTotal: expected.total,
  }
}

export type ProvisionalAnswer = Awaited<ReturnType<typeof readProvisionalAnswer>>

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

async function namesOf({ pool }: EventStores, lines: readonly StatementLine[]): Promise<Names> {
  const ids = lines.flatMap((line) => ('app' in line ? [line.app] : []))
  const [apps, { capabilities }] = await Promise.all([listApps(pool, [...new Set(ids)]), readMeasuredNames(pool)])
  return { apps: new Map(apps.map((app) => [app.id, app])), capabilities }
}

function lineText({ id, number, line }: NamedLine, names: Names) {
  const usage = 'app' in line ? line : null
  const words = usage === null ? NO_WORDS : usageText(usage, names)
  return {
    id,
    number,
    kind: line.kind,
    ...words,
    description: descriptionOf(line, words),
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

function appSums(lines: readonly NamedLine[], names: Names) {
  const sums = new Map<string, string>()
  for (const { line } of lines) {
    if (!('app' in line) || line.kind === 'correction') continue
    sums.set(line.app, addDecimals(sums.get(line.app) ?? '0', line.amount))
  }
  return [...sums].map(([id, amount]) => ({ app: names.apps.get(id)?.slug ?? id, amount }))
}

interface Words {
  app: string | null
  appName: string | null
  capability: string | null
  capabilityName: string | null
}

const NO_WORDS: Words = { app: null, appName: null, capability: null, capabilityName: null }

function usageText(line: Pick<UsageLine, 'app' | 'capability'>, { apps, capabilities }: Names): Words {
  const app = apps.get(line.app) ?? { slug: line.app, name: line.app }
  const { capability } = line
  return { app: app.slug, appName: app.name, capability, capabilityName: capabilities.get(capability) ?? capability }
}

function descriptionOf(
  line: StatementLine,
  { appName, capabilityName }: Pick<Words, 'appName' | 'capabilityName'>,
): string {
  if (line.kind === 'rounding') return 'Rounding of the statement'
  if (!('app' in line)) return line.text
  const exempt = line.isExempt ? ', exempt' : ''
  const of =
    line.kind === 'correction' ? `, usage of ${line.period.start.slice(0, 10)} to ${line.period.end.slice(0, 10)}` : ''
  return `${appName}: ${capabilityName}${exempt}${of}`
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
