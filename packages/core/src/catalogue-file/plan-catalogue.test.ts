import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../kernel/index.ts'
import { factsOf, nameOf } from './catalogue-facts.ts'
import { CATALOGUE_FORMAT, CatalogueFile, catalogueFileSchema } from './catalogue-file.ts'
import { type CataloguePlan, planCatalogue } from './plan-catalogue.ts'

const YEAR = (year: number) => `${2000 + year}-01-01T00:00:00Z`

test('a catalogue that is as the file says is left alone', () => {
  fc.assert(
    fc.property(catalogues(), (file) => {
      const plan = mustPlan({ current: file, desired: file })
      expect(plan.steps).toEqual([])
      expect(plan.unlisted).toEqual([])
    }),
  )
})

test('following a plan in its order leads to everything that the file lists, and a second plan is empty', () => {
  fc.assert(
    fc.property(catalogues(), catalogues(), (current, desired) => {
      const plan = planCatalogue({ current, desired })
      fc.pre(plan.ok)
      const reached = follow(factsByName(current), plan)
      for (const [name, value] of factsByName(desired)) expect([name, reached.get(name)]).toEqual([name, value])
    }),
    { numRuns: 300 },
  )
})

test('an empty catalogue takes any file, and makes everything before what refers to it', () => {
  fc.assert(
    fc.property(catalogues(), (desired) => {
      const plan = mustPlan({ current: EMPTY, desired })
      const reached = follow(new Map(), plan)
      expect(reached).toEqual(factsByName(desired))
    }),
  )
})

test('a stretch of time is ended before the next one begins', () => {
  const current = file({ owners: [{ space: 's1', from: YEAR(1) }] })
  const desired = file({
    owners: [
      { space: 's1', from: YEAR(1), to: YEAR(2) },
      { space: 's2', from: YEAR(2) },
    ],
  })
  const { steps } = mustPlan({ current, desired })
  expect(steps.map(({ op, key }) => `${op} ${key}`)).toEqual([`change a1 ${YEAR(1)}`, `create a1 ${YEAR(2)}`])
})

test('a version is never edited: one that differs is refused at its place, one that begins later is added', () => {
  const current = file({})
  const edited = structuredClone(current)
  const version = edited.meters[0]?.versions[0]
  if (version) version.groupBy = { region: '$.region' }
  const price = edited.priceBooks[0]?.prices[0]?.versions[0]
  if (price) price.price = '7'
  expect(planCatalogue({ current, desired: edited })).toMatchObject({
    ok: false,
    faults: [
      { at: ['meters', 0, 'versions', 0], message: expect.stringContaining('never edited') },
      { at: ['priceBooks', 0, 'prices', 0, 'versions', 0], message: expect.stringContaining('never edited') },
    ],
  })
  const grown = structuredClone(current)
  if (version) grown.meters[0]?.versions.push({ ...version, from: YEAR(9) })
  expect(mustPlan({ current, desired: grown }).steps).toMatchObject([{ op: 'create', kind: 'meter version' }])
  const earlier = structuredClone(current)
  if (version) earlier.meters[0]?.versions.push({ ...version, from: '1999-01-01T00:00:00Z' })
  expect(planCatalogue({ current, desired: earlier })).toMatchObject({
    ok: false,
    faults: [{ message: expect.stringContaining('begins after') }],
  })
})

test('what overlaps, ends before it begins, stands twice or refers to nothing is a fault with its place', () => {
  const faultsOf = (desired: CatalogueFile) => {
    const plan = planCatalogue({ current: EMPTY, desired })
    return plan.ok ? [] : plan.faults.map(({ at, message }) => `${at.join('.')}: ${message}`)
  }
  expect(
    faultsOf(
      file({
        owners: [
          { space: 's1', from: YEAR(1) },
          { space: 's2', from: YEAR(2) },
        ],
      }),
    ),
  ).toEqual([`apps.0.owners.1: expected one owner at a time, found a1 ${YEAR(1)} for good beside it`])
  expect(faultsOf(file({ owners: [{ space: 's1', from: YEAR(2), to: YEAR(1) }] }))[0]).toContain(
    'expected an end after',
  )
  expect(faultsOf(file({ owners: [{ space: 'nowhere', from: YEAR(1) }] }))).toEqual([
    'apps.0.owners.0: expected a space that the file or the catalogue has, found "nowhere"',
  ])
  const twice = file({})
  twice.spaces.push(...structuredClone(twice.spaces.slice(0, 1)))
  expect(faultsOf(twice)[0]).toBe('spaces.2: expected each space once, found s1 again')
})

test('decimals and instants are compared by value, whatever their spelling', () => {
  const spelled = structuredClone(file({ owners: [{ space: 's1', from: YEAR(1) }] }))
  const price = spelled.priceBooks[0]?.prices[0]?.versions[0]
  if (price) Object.assign(price, { price: '1.50', from: '2001-01-01T01:00:00+01:00' })
  const plain = structuredClone(spelled)
  const same = plain.priceBooks[0]?.prices[0]?.versions[0]
  if (same) Object.assign(same, { price: '1.5', from: YEAR(1) })
  expect(mustPlan({ current: plain, desired: spelled }).steps).toEqual([])
})

test('the schema for editors says what the reader accepts', () => {
  expect(catalogueFileSchema()).toMatchObject({ type: 'object', required: ['format'], additionalProperties: false })
})

const EMPTY = CatalogueFile.parse({ format: CATALOGUE_FORMAT })

function file({ owners = [] }: { owners?: { space: string; from: string; to?: string }[] }): CatalogueFile {
  return CatalogueFile.parse({
    format: CATALOGUE_FORMAT,
    capabilities: [{ key: 'c1', name: 'C1', unit: 'token', shape: 'sum' }],
    meters: [
      { slug: 'm1', name: 'M1', capability: 'c1', versions: [{ from: YEAR(0), eventType: 'e', aggregation: 'COUNT' }] },
    ],
    priceBooks: [
      {
        slug: 'b1',
        name: 'B1',
        currency: 'USD',
        prices: [{ capability: 'c1', versions: [{ from: YEAR(1), price: '1.5' }] }],
      },
    ],
    spaces: ['s1', 's2'].map((slug) => ({ slug, name: slug })),
    apps: [{ slug: 'a1', name: 'A1', series: 1, owners }],
  })
}

/** Catalogues of a small world, so that two of them speak of the same things. */
function catalogues(): fc.Arbitrary<CatalogueFile> {
  const name = fc.constantFrom('One', 'Two', 'Three')
  const keys = (letter: string) => fc.subarray([`${letter}1`, `${letter}2`, `${letter}3`])
  const spells = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }).map((years) => {
    const ordered = [...years].sort((a, b) => a - b)
    const last = ordered.length % 2 === 1 ? ordered.pop() : undefined
    const closed = Array.from({ length: ordered.length / 2 }, (_, at) => ({
      from: YEAR(ordered[at * 2] ?? 0),
      to: YEAR(ordered[at * 2 + 1] ?? 0),
    }))
    return last === undefined ? closed : [...closed, { from: YEAR(last) }]
  })
  const version = fc.record({
    from: fc.integer({ min: 0, max: 20 }).map(YEAR),
    eventType: fc.constantFrom('call', 'prompt'),
    aggregation: fc.constant('COUNT' as const),
    groupBy: fc.constantFrom({}, { region: '$.region' }),
  })
  const price = fc.record({
    from: fc.integer({ min: 0, max: 20 }).map(YEAR),
    price: fc.constantFrom('0', '0.5', '12.000000000000000001'),
  })
  return fc
    .record({ spaces: keys('s'), apps: keys('a'), capabilities: keys('c') })
    .chain(({ spaces, apps, capabilities }) =>
      fc.record({
        format: fc.constant(CATALOGUE_FORMAT),
        capabilities: fc.constant(capabilities.map((key) => ({ key, name: key, unit: 'token', shape: 'sum' }))),
        meters: fc.tuple(
          ...capabilities.map((capability) =>
            fc.record({
              slug: fc.constant(`m_${capability}`),
              name,
              capability: fc.constant(capability),
              archived: fc.boolean(),
              versions: fc.uniqueArray(version, { minLength: 1, maxLength: 3, selector: ({ from }) => from }),
            }),
          ),
        ),
        priceBooks: fc.tuple(
          fc.record({
            slug: fc.constant('b1'),
            name,
            currency: fc.constant('USD'),
            prices: fc.tuple(
              ...capabilities.map((capability) =>
                fc.record({
                  capability: fc.constant(capability),
                  versions: fc.uniqueArray(price, { minLength: 1, maxLength: 3, selector: ({ from }) => from }),
                }),
              ),
            ),
          }),
        ),
        spaces: fc.tuple(
          ...spaces.map((slug) =>
            fc.record({
              slug: fc.constant(slug),
              name,
              archived: fc.boolean(),
              subscriptions: fc.constant([{ priceBook: 'b1', from: YEAR(0) }]),
            }),
          ),
        ),
        apps: fc.tuple(
          ...apps.map((slug) =>
            fc.record({
              slug: fc.constant(slug),
              name,
              series: fc.integer({ min: 1, max: 7 }),
              archived: fc.boolean(),
              owners:
                spaces.length === 0
                  ? fc.constant([])
                  : spells.map((all) => all.map((row) => ({ ...row, space: spaces[0] }))),
              environments: fc.constant([{ key: 'production', name: 'Production' }]),
              installations: spells.map((all) => all.map((row) => ({ ...row, key: 'site', name: 'Site' }))),
              entitlements:
                spaces.length === 0 || capabilities.length === 0
                  ? fc.constant([])
                  : spells.map((all) => all.map((row) => ({ ...row, space: spaces[0], capabilities }))),
            }),
          ),
        ),
      }),
    )
    .map((file) => CatalogueFile.parse(file))
}

function mustPlan(input: { current: CatalogueFile; desired: CatalogueFile }): Extract<CataloguePlan, { ok: true }> {
  const plan = planCatalogue(input)
  if (!plan.ok) throw new Error(plan.faults.map(({ at, message }) => `${at.join('.')}: ${message}`).join('\n'))
  return plan
}

function factsByName(file: CatalogueFile): Map<string, JsonObject> {
  const isOpen = ({ isArchived }: JsonObject) => isArchived === false
  return new Map(
    factsOf(file)
      .filter(({ value }) => !isOpen(value))
      .map((fact) => [nameOf(fact), comparable(fact.value)]),
  )
}

/** Which subscription an entitlement is under is found by the plan; in this world there is one. */
function comparable({ subscribedFrom: _, ...value }: JsonObject): JsonObject {
  return value
}

/** Does what a plan says, and minds what a store would: nothing twice, nothing that is not there, nothing at two places at once. */
function follow(start: Map<string, JsonObject>, plan: Extract<CataloguePlan, { ok: true }>): Map<string, JsonObject> {
  const state = new Map(start)
  for (const step of plan.steps) {
    const name = nameOf(step)
    if (step.op === 'create') expect(state.has(name)).toBe(false)
    if (step.op === 'change' && step.kind !== 'archived') expect(state.has(name)).toBe(true)
    if (step.kind === 'archived' && step.after.isArchived === false) state.delete(name)
    else state.set(name, comparable(step.after))
    if (step.kind === 'owner') expectOneAtATime([...state].filter(([key]) => key.startsWith('owner/')))
  }
  return state
}

function expectOneAtATime(rows: [string, JsonObject][]): void {
  for (const [name, one] of rows) {
    for (const [other, two] of rows) {
      if (name === other || one.app !== two.app) continue
      const isApart =
        (one.to !== null && String(one.to) <= String(two.from)) ||
        (two.to !== null && String(two.to) <= String(one.from))
      expect(isApart).toBe(true)
    }
  }
}
