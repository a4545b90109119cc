import { canonicalJson, type JsonObject, type JsonValue } from '../kernel/index.ts'
import {
  type CatalogueFact,
  FACT_KINDS,
  type FactKind,
  type FilePath,
  factsOf,
  instantOf,
  nameOf,
} from './catalogue-facts.ts'
import type { CatalogueFile } from './catalogue-file.ts'
import { type CatalogueFault, findFaults, subscriptionOf } from './find-faults.ts'

/** One thing to do. `changed`: which members differ, of a change. */
export interface PlanStep {
  op: 'create' | 'change'
  kind: FactKind
  key: string
  before: JsonObject | null
  after: JsonObject
  changed: string[]
  at: FilePath
}

/** `unchanged`: how many things of the file are so already. `unlisted`: what there is beside the file, and stays. */
export type CataloguePlan =
  | { ok: true; steps: PlanStep[]; unchanged: number; unlisted: { kind: FactKind; key: string }[] }
  | { ok: false; faults: CatalogueFault[] }

/** Which members of a kind may change. What is not named stays for ever: a version, a unit, who a stretch of time belongs to. */
const CHANGEABLE: Record<FactKind, readonly string[]> = {
  capability: ['name', 'shape'],
  meter: ['name', 'description'],
  'meter version': [],
  'price book': ['name'],
  price: [],
  space: ['name', 'currency', 'billingZone'],
  subscription: ['to'],
  term: ['to'],
  app: ['name', 'series'],
  environment: ['name'],
  owner: ['to'],
  installation: ['name', 'to'],
  entitlement: ['to'],
  archived: ['isArchived'],
}

/**
 * What has to be done so that everything the desired catalogue lists is so, in an order in which it can be done. What may not change is a fault, as
 * is what overlaps or refers to nothing: then there is no plan at all.
 */
export function planCatalogue(input: { current: CatalogueFile; desired: CatalogueFile }): CataloguePlan {
  const kept = factsOf(input.current)
  const current = lastByName(underSubscriptions(kept, lastByName(kept)))
  const stated = factsOf(input.desired)
  const listed = underSubscriptions(stated, new Map([...current, ...lastByName(stated)]))
  const desired = lastByName(listed)
  const faults = findFaults({ current, desired, listed })
  const steps: PlanStep[] = []
  let unchanged = 0
  for (const fact of listed) {
    const step = stepOf(fact, current.get(nameOf(fact)))
    // that a thing is in use says nothing of its own
    if (step === 'unchanged') unchanged += fact.kind === 'archived' ? 0 : 1
    else if ('message' in step) faults.push(step)
    else steps.push(step)
  }
  if (faults.length > 0) return { ok: false, faults }
  const unlisted = [...current.values()].filter((fact) => !desired.has(nameOf(fact)) && fact.kind !== 'archived')
  return {
    ok: true,
    steps: steps.sort((a, b) => placeOf(a) - placeOf(b) || beginOf(a) - beginOf(b)),
    unchanged,
    unlisted: unlisted.map(({ kind, key }) => ({ kind, key })),
  }
}

function lastByName(facts: readonly CatalogueFact[]): Map<string, CatalogueFact> {
  return new Map(facts.map((fact) => [nameOf(fact), fact]))
}

function stepOf(fact: CatalogueFact, known: CatalogueFact | undefined): PlanStep | CatalogueFault | 'unchanged' {
  const { kind, key, value, at } = fact
  if (known === undefined && kind === 'archived') {
    if (value.isArchived === false) return 'unchanged'
    const before = { ...value, isArchived: false }
    return { op: 'change', kind, key, before, after: value, changed: ['isArchived'], at }
  }
  if (known === undefined) return { op: 'create', kind, key, before: null, after: value, changed: [], at }
  const changed = changedMembers(known.value, value)
  if (changed.length === 0) return 'unchanged'
  const fixed = changed.find((member) => !CHANGEABLE[kind].includes(member))
  if (fixed === undefined) return { op: 'change', kind, key, before: known.value, after: value, changed, at }
  return { at, message: fixedMessage({ kind, key, member: fixed, known: known.value, value }) }
}

function changedMembers(before: JsonObject, after: JsonObject): string[] {
  return Object.keys(after).filter(
    (member) => canonicalJson(before[member] as JsonValue) !== canonicalJson(after[member] as JsonValue),
  )
}

/** Says of each entitlement which subscription it is under, where the file leaves that to be found. */
function underSubscriptions(
  facts: readonly CatalogueFact[],
  all: ReadonlyMap<string, CatalogueFact>,
): readonly CatalogueFact[] {
  return facts.map((fact) => {
    if (fact.kind !== 'entitlement' || fact.value.subscribedFrom !== null) return fact
    const subscribedFrom = subscriptionOf(fact.value, all)?.from ?? null
    return { ...fact, value: { ...fact.value, subscribedFrom } }
  })
}

function fixedMessage(input: {
  kind: FactKind
  key: string
  member: string
  known: JsonObject
  value: JsonObject
}): string {
  const { kind, key, member, known, value } = input
  const found = `expected ${member} ${canonicalJson(known[member] as JsonValue)} of ${kind} ${key}, which stays, found ${canonicalJson(value[member] as JsonValue)}`
  return kind === 'price' || kind === 'meter version'
    ? `${found}: a version is never edited, add another one with a later \`from\``
    : found
}

/** What is opened again comes first and what is closed comes last; of stretches of time those that shrink come before those that begin or grow. */
function placeOf({ op, kind, before, after }: PlanStep): number {
  if (kind === 'archived') return after.isArchived === false ? -1 : ARCHIVED_LAST + (after.kind === 'space' ? 1 : 0)
  const stage = op === 'create' ? 1 : before !== null && isLonger(after, before) ? 2 : 0
  return FACT_KINDS.indexOf(kind) * 3 + stage
}

/** Versions are numbered in the order of their beginnings. Microseconds of these millennia fit into a double, and equal ones stay in the file's order. */
function beginOf({ kind, after }: PlanStep): number {
  return kind === 'meter version' || kind === 'price' ? Number(instantOf(String(after.from))) : 0
}

function isLonger({ to }: JsonObject, before: JsonObject): boolean {
  if (to === undefined || before.to === null) return false
  return to === null || instantOf(String(to)) > instantOf(String(before.to))
}

const ARCHIVED_LAST = FACT_KINDS.length * 3
