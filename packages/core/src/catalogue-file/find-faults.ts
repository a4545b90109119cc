import type { JsonObject } from '../kernel/index.ts'
import { type CatalogueFact, type FactKind, type FilePath, instantOf, nameOf } from './catalogue-facts.ts'

/** Something the file asks for that cannot be, in words: what was expected and what was found. */
export interface CatalogueFault {
  at: FilePath
  message: string
}

interface Known {
  current: ReadonlyMap<string, CatalogueFact>
  desired: ReadonlyMap<string, CatalogueFact>
  /** every fact of the file, also those that are named twice */
  listed: readonly CatalogueFact[]
}

/** What the file says twice, what it refers to and is nowhere, and what would be two things at one time. */
export function findFaults({ current, desired, listed }: Known): CatalogueFault[] {
  const all = new Map([...current, ...desired])
  return [
    ...listed.flatMap((fact) => emptyTime(fact)),
    ...twice(listed),
    ...listed.flatMap((fact) => danglingOf(fact, all)),
    ...listed.flatMap((fact) => lateVersions(fact, current)),
    ...overlaps([...all.values()], new Set(listed)),
  ]
}

function twice(listed: readonly CatalogueFact[]): CatalogueFault[] {
  const seen = new Set<string>()
  return listed.flatMap((fact) => {
    const name = nameOf(fact)
    if (!seen.has(name) || fact.kind === 'archived') {
      seen.add(name)
      return []
    }
    return [{ at: fact.at, message: `expected each ${fact.kind} once, found ${fact.key} again` }]
  })
}

function emptyTime({ value, at }: CatalogueFact): CatalogueFault[] {
  const { from, to } = value
  if (typeof from !== 'string' || typeof to !== 'string' || instantOf(from) < instantOf(to)) return []
  return [{ at, message: `expected an end after ${from}, found ${to}` }]
}

/** A version of a meter begins after every one there is: what was measured by those stays measured by them. */
function lateVersions(fact: CatalogueFact, current: ReadonlyMap<string, CatalogueFact>): CatalogueFault[] {
  const { kind, value, at } = fact
  if (kind !== 'meter version' || current.has(nameOf(fact))) return []
  const begins = instantOf(String(value.from))
  const later = [...current.values()].find(
    (other) => other.kind === kind && other.value.meter === value.meter && instantOf(String(other.value.from)) > begins,
  )
  if (later === undefined) return []
  return [{ at, message: `expected a version that begins after that from ${later.value.from}, found ${value.from}` }]
}

/** Which members of a kind name something else, and of which kind that is. */
const REFERENCES: Partial<Record<FactKind, readonly (readonly [member: string, kind: FactKind])[]>> = {
  meter: [['capability', 'capability']],
  price: [['capability', 'capability']],
  subscription: [['priceBook', 'price book']],
  term: [['capability', 'capability']],
  owner: [['space', 'space']],
  entitlement: [
    ['capability', 'capability'],
    ['space', 'space'],
  ],
}

function danglingOf(fact: CatalogueFact, all: ReadonlyMap<string, CatalogueFact>): CatalogueFault[] {
  const { kind, value, at } = fact
  const faults = (REFERENCES[kind] ?? []).flatMap(([member, of]) => {
    if (value[member] === null) return []
    const key = String(value[member])
    if (all.has(nameOf({ kind: of, key }))) return []
    return [{ at, message: `expected a ${of} that the file or the catalogue has, found ${JSON.stringify(key)}` }]
  })
  if (kind !== 'entitlement' || faults.length > 0 || subscriptionOf(value, all) !== null) return faults
  const when = value.subscribedFrom ?? value.from
  return [{ at, message: `expected a subscription of ${value.space} at ${when}, found none` }]
}

/** The subscription that an entitlement is under: the one that began when it says, or that is in force when it begins itself. */
export function subscriptionOf(
  entitlement: JsonObject,
  all: ReadonlyMap<string, CatalogueFact>,
): { space: string; from: string } | null {
  const { space, subscribedFrom, from } = entitlement
  for (const { kind, value } of all.values()) {
    if (kind !== 'subscription' || value.space !== space) continue
    if (subscribedFrom === null ? isInForce(value, String(from)) : value.from === subscribedFrom) {
      return { space: String(value.space), from: String(value.from) }
    }
  }
  return null
}

function isInForce({ from, to }: JsonObject, at: string): boolean {
  const instant = instantOf(at)
  return instantOf(String(from)) <= instant && (to === null || instant < instantOf(String(to)))
}

/** Which members, together, can be only one thing at a time. */
const ONE_AT_A_TIME: Partial<Record<FactKind, readonly string[]>> = {
  subscription: ['space'],
  owner: ['app'],
  installation: ['app', 'key'],
  entitlement: ['app', 'capability'],
}

/** Told of the one that the file lists; of two that it lists, of the later. */
function overlaps(all: readonly CatalogueFact[], listed: ReadonlySet<CatalogueFact>): CatalogueFault[] {
  const lines = Map.groupBy(
    all.filter(({ kind }) => ONE_AT_A_TIME[kind] !== undefined),
    ({ kind, value }) => JSON.stringify([kind, ...(ONE_AT_A_TIME[kind] ?? []).map((member) => value[member])]),
  )
  return [...lines.values()].flatMap((line) => {
    const ordered = [...line].sort((a, b) =>
      instantOf(String(a.value.from)) < instantOf(String(b.value.from)) ? -1 : 1,
    )
    return ordered.flatMap((fact, index) => {
      const before = ordered[index - 1]
      if (before === undefined || !isInForce(before.value, String(fact.value.from))) return []
      const told = listed.has(fact) ? fact : before
      const other = told === fact ? before : fact
      if (!listed.has(told)) return []
      const until = other.value.to === null ? 'for good' : `until ${other.value.to}`
      return [{ at: told.at, message: `expected one ${fact.kind} at a time, found ${other.key} ${until} beside it` }]
    })
  })
}
