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
  app: ['name', 'series'],
  environment: ['name'],
  owner: ['to'],
  installation: ['name', 'to'],
  entitlement: ['to'],
  archived: ['isArchived'],
}

/**
 * What has to be done so that everything the desired catalogue lists is so, in an order in which it can be done. A version of a meter that differs
 * becomes another version from the same instant on; everything else that may not change is a fault, as is what overlaps or refers to nothing.
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
    const step = stepOf(fact, { known: current.get(nameOf(fact)), isLast: desired.get(nameOf(fact)) === fact })
    if (step === 'unchanged') unchanged++
    else if (step !== 'superseded' && 'message' in step) faults.push(step)
    else if (step !== 'superseded') steps.push(step)
  }
  if (faults.length > 0) return { ok: false, faults }
  const unlisted = [...current.values()].filter((fact) => !desired.has(nameOf(fact)) && fact.kind !== 'archived')
  return {
    ok: true,
    steps: steps.sort((a, b) => placeOf(a) - placeOf(b)),
    unchanged,
    unlisted: unlisted.map(({ kind, key }) => ({ kind, key })),
  }
}

function lastByName(facts: readonly CatalogueFact[]): Map<string, CatalogueFact> {
  return new Map(facts.map((fact) => [nameOf(fact), fact]))
}

type Step = PlanStep | CatalogueFault | 'unchanged' | 'superseded'

function stepOf(fact: CatalogueFact, { known, isLast }: { known: CatalogueFact | undefined; isLast: boolean }): Step {
  const { kind, key, value, at } = fact
  if (known === undefined && kind === 'archived') {
    if (value.isArchived === false) return 'superseded'
    return {
      op: 'change',
      kind,
      key,
      before: { ...value, isArchived: false },
      after: value,
      changed: ['isArchived'],
      at,
    }
  }
  if (known === undefined) return { op: 'create', kind, key, before: null, after: value, changed: [], at }
  // of several versions from one instant on only the last counts; those before it are history, which is there or will never be
  if (!isLast) return 'superseded'
  const changed = changedMembers(known.value, value)
  if (changed.length === 0) return 'unchanged'
  if (kind === 'meter version') return { op: 'create', kind, key, before: known.value, after: value, changed, at }
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
  return kind === 'price' ? `${found}: a price is never edited, add a version with a \`from\` of its own` : found
}

/** What is opened again comes first and what is closed comes last; of stretches of time those that shrink come before those that begin or grow. */
function placeOf({ op, kind, before, after }: PlanStep): number {
  if (kind === 'archived') return after.isArchived === false ? -1 : ARCHIVED_LAST + (after.kind === 'space' ? 1 : 0)
  const stage = op === 'create' ? 1 : before !== null && isLonger(after, before) ? 2 : 0
  return FACT_KINDS.indexOf(kind) * 3 + stage
}

function isLonger({ to }: JsonObject, before: JsonObject): boolean {
  if (to === undefined || before.to === null) return false
  return to === null || instantOf(String(to)) > instantOf(String(before.to))
}

const ARCHIVED_LAST = FACT_KINDS.length * 3
