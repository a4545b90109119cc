import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstant } from '../kernel/index.ts'
import { compileCatalogue } from './catalogue.ts'
import { CatalogueDocument, type StoredCatalogue } from './catalogue-document.ts'

const EMPTY: StoredCatalogue = {
  revision: '1',
  apps: [],
  ownerships: [],
  installations: [],
  meters: [],
  subscriptions: [],
  entitlements: [],
}
const compile = (facts: Partial<StoredCatalogue>) =>
  compileCatalogue(CatalogueDocument.parse({ ...EMPTY, ...facts } satisfies StoredCatalogue))
const instant = (text: string) => {
  const result = parseInstant(text)
  if (!result.ok) throw new Error(`expected an instant, found ${text}`)
  return result.value
}

const JANUARY = '2026-01-01T00:00:00Z'
const JULY = '2026-07-01T00:00:00.000001Z'
const SINCE = { from: JANUARY, to: null }
const at = { january: instant(JANUARY), july: instant(JULY) }

const version = (number: number, from: string, eventType = 'prompt') => ({
  version: number,
  from,
  eventType,
  aggregation: 'SUM' as const,
  value: { path: '$.tokens' },
  divisor: '1',
  groupBy: {},
  subjectRequired: false,
})

describe('ownership as of an instant', () => {
  const catalogue = compile({
    apps: [{ id: 'app', slug: 'the-app', shard: 0 }],
    ownerships: [
      { appId: 'app', spaceId: 'first', from: JANUARY, to: JULY },
      { appId: 'app', spaceId: 'second', from: JULY, to: null },
    ],
  })
  const ownerAt = (moment: bigint) => catalogue.ownershipOf('app', moment)?.spaceId ?? null

  test('an app that moves spaces is split at the instant, to the microsecond', () => {
    expect(ownerAt(at.july - 1n)).toBe('first')
    expect(ownerAt(at.july)).toBe('second')
    expect(ownerAt(at.july + 1n)).toBe('second')
  })

  test('nobody owns an app before its first fact, and the first fact holds from its very instant', () => {
    expect(ownerAt(at.january - 1n)).toBeNull()
    expect(ownerAt(at.january)).toBe('first')
  })

  test('a gap between two owners belongs to neither', () => {
    const gapped = compile({
      ownerships: [
        { appId: 'app', spaceId: 'first', from: JANUARY, to: JULY },
        { appId: 'app', spaceId: 'second', from: '2026-07-01T00:00:00.000003Z', to: null },
      ],
    })
    const owners = [-1n, 0n, 1n, 2n].map((shift) => gapped.ownershipOf('app', at.july + shift)?.spaceId ?? null)
    expect(owners).toEqual(['first', null, null, 'second'])
  })

  test('an unknown app has no owner, no rights and no exempt installation', () => {
    expect(catalogue.appIdOf('nobody')).toBeNull()
    expect(catalogue.ownershipOf('nobody', at.july)).toBeNull()
    expect(catalogue.isExempt({ appId: 'nobody', installation: 'site', at: at.july })).toBe(false)
    expect(catalogue.entitlementOf({ appId: 'nobody', spaceId: 'second', capabilityKey: 'c', at: at.july })).toBeNull()
  })

  test('an app is known by its id and its slug, and no slug can take the place of another app’s id', () => {
    expect([catalogue.appIdOf('app'), catalogue.appIdOf('the-app')]).toEqual(['app', 'app'])
    const squatted = compile({
      apps: [
        { id: 'victim', slug: 'shop', shard: 0 },
        { id: 'squatter', slug: 'victim', shard: 0 },
      ],
    })
    expect(squatted.appIdOf('victim')).toBe('victim')
    expect(squatted.appIdOf('shop')).toBe('victim')
  })
})

describe('an entitlement as of an instant', () => {
  const catalogue = compile({
    ownerships: [
      { appId: 'app', spaceId: 'first', from: JANUARY, to: JULY },
      { appId: 'app', spaceId: 'second', from: JULY, to: null },
    ],
    subscriptions: [
      { id: 'of-first', spaceId: 'first', ...SINCE },
      { id: 'of-second', spaceId: 'second', from: JANUARY, to: JULY },
      { id: 'of-second-later', spaceId: 'second', from: JULY, to: null },
    ],
    entitlements: [
      { id: 'e1', subscriptionId: 'of-first', appId: 'app', capabilityKey: 'tokens', from: JANUARY, to: null },
      { id: 'e2', subscriptionId: 'of-second', appId: 'app', capabilityKey: 'logs', from: JANUARY, to: null },
      { id: 'e3', subscriptionId: 'of-second-later', appId: 'app', capabilityKey: 'kvs', from: JULY, to: null },
    ],
  })
  const right = (capabilityKey: string, spaceId: string, moment: bigint) =>
    catalogue.entitlementOf({ appId: 'app', spaceId, capabilityKey, at: moment })?.id ?? null

  test('counts only under a subscription of the space that owned the app then', () => {
    expect(right('tokens', 'first', at.july - 1n)).toBe('e1')
    expect(right('tokens', 'second', at.july)).toBeNull()
    expect(right('kvs', 'second', at.july)).toBe('e3')
    expect(right('kvs', 'first', at.july)).toBeNull()
  })

  test('ends with its subscription, even where its own validity goes on', () => {
    expect(right('logs', 'second', at.july - 1n)).toBe('e2')
    expect(right('logs', 'second', at.july)).toBeNull()
  })

  test('begins with its own first instant, not with the subscription’s', () => {
    expect(right('kvs', 'second', at.july - 1n)).toBeNull()
  })

  test('is for one capability only, and a subscription that is not there gives none', () => {
    expect(right('tokens.more', 'first', at.january)).toBeNull()
    const orphan = compile({
      entitlements: [{ id: 'e', subscriptionId: 'gone', appId: 'app', capabilityKey: 'tokens', ...SINCE }],
    })
    expect(orphan.entitlementOf({ appId: 'app', spaceId: 'first', capabilityKey: 'tokens', at: at.july })).toBeNull()
  })
})

describe('an exempt installation', () => {
  const catalogue = compile({
    installations: [
      { appId: 'app', key: 'site', exempt: true, from: JANUARY, to: JULY },
      { appId: 'app', key: 'site', exempt: false, from: JULY, to: null },
    ],
  })
  const isExempt = (installation: string | null, moment: bigint, appId = 'app') =>
    catalogue.isExempt({ appId, installation, at: moment })

  test('is exempt while the mark holds, and at no other microsecond', () => {
    expect([at.january - 1n, at.january, at.july - 1n, at.july].map((moment) => isExempt('site', moment))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('exempts nobody else: not the app at large, not the same key of another app', () => {
    expect(isExempt(null, at.january)).toBe(false)
    expect(isExempt('other', at.january)).toBe(false)
    expect(isExempt('site', at.january, 'another-app')).toBe(false)
  })

  test('with a line feed in its key cannot pass for another', () => {
    const odd = compile({ installations: [{ appId: 'a', key: 'b\nc', exempt: true, ...SINCE }] })
    expect(odd.isExempt({ appId: 'a', installation: 'b\nc', at: at.july })).toBe(true)
    expect(odd.isExempt({ appId: 'a', installation: 'b', at: at.july })).toBe(false)
  })
})

describe('meters in force at an instant', () => {
  const inForce = (facts: Partial<StoredCatalogue>, type: string, moment: bigint) =>
    compile(facts)
      .metersInForce(type, moment)
      .map((found) => `${found.meter.slug} ${found.version.version}`)

  test('each instant is measured by the last version that began by then, whatever order they are listed in', () => {
    const versions = [version(2, JULY), version(1, JANUARY)]
    const meters = [{ id: 'm', slug: 'tokens', capabilityKey: 'tokens', versions }]
    expect(inForce({ meters }, 'prompt', at.january - 1n)).toEqual([])
    expect(inForce({ meters }, 'prompt', at.january)).toEqual(['tokens 1'])
    expect(inForce({ meters }, 'prompt', at.july - 1n)).toEqual(['tokens 1'])
    expect(inForce({ meters }, 'prompt', at.july)).toEqual(['tokens 2'])
  })

  test('of two versions that begin together, the higher number corrects the other', () => {
    for (const versions of [
      [version(2, JULY), version(3, JULY)],
      [version(3, JULY), version(2, JULY)],
    ]) {
      const meters = [{ id: 'm', slug: 'tokens', capabilityKey: 'tokens', versions }]
      expect(inForce({ meters }, 'prompt', at.july)).toEqual(['tokens 3'])
    }
  })

  test('a meter that changed its event type no longer measures the old one', () => {
    const versions = [version(1, JANUARY, 'prompt'), version(2, JULY, 'completion')]
    const meters = [{ id: 'm', slug: 'tokens', capabilityKey: 'tokens', versions }]
    expect(inForce({ meters }, 'prompt', at.july - 1n)).toEqual(['tokens 1'])
    expect(inForce({ meters }, 'completion', at.july - 1n)).toEqual([])
    expect(inForce({ meters }, 'prompt', at.july)).toEqual([])
    expect(inForce({ meters }, 'completion', at.july)).toEqual(['tokens 2'])
  })

  test('all meters of a type are found, always in one order', () => {
    const meter = (slug: string) => ({ id: slug, slug, capabilityKey: slug, versions: [version(1, JANUARY)] })
    const forwards = [meter('a'), meter('b'), meter('c')]
    expect(inForce({ meters: forwards }, 'prompt', at.july)).toEqual(['a 1', 'b 1', 'c 1'])
    expect(inForce({ meters: forwards.toReversed() }, 'prompt', at.july)).toEqual(['a 1', 'b 1', 'c 1'])
    expect(inForce({ meters: forwards }, 'constructor', at.july)).toEqual([])
  })
})

describe('any question, for any effective-dated facts', () => {
  const BASE = at.july
  const textOf = (offset: number) => `2026-07-01T00:00:00.${String(offset).padStart(6, '0')}Z`
  /** Periods that do not overlap, as the database's exclusion constraints make sure; some touch, some leave gaps, the last may be open. */
  const periods = fc
    .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), fc.boolean())
    .map(([cuts, isOpen]) => {
      const sorted = cuts.toSorted((a, b) => a - b)
      return sorted.map((from, index) => ({
        from: textOf(from),
        to: index + 1 < sorted.length ? textOf(sorted[index + 1] as number) : isOpen ? null : textOf(from + 7),
      }))
    })
    .chain((all) => fc.subarray(all))
  const spaces = fc.constantFrom('s1', 's2')
  const shuffled = <T>(rows: T[]) => fc.shuffledSubarray(rows, { minLength: rows.length })

  const facts = fc.record({
    ownerships: periods
      .chain((all) =>
        fc.tuple(
          ...all.map((period) =>
            fc.record({
              appId: fc.constant('app'),
              spaceId: spaces,
              from: fc.constant(period.from),
              to: fc.constant(period.to),
            }),
          ),
        ),
      )
      .chain(shuffled),
    subscriptions: fc
      .tuple(periods, periods)
      .map(([first, second]) => [
        ...first.map((period, index) => ({ id: `s1-${index}`, spaceId: 's1', ...period })),
        ...second.map((period, index) => ({ id: `s2-${index}`, spaceId: 's2', ...period })),
      ])
      .chain(shuffled),
    entitlements: periods
      .chain((all) =>
        fc.tuple(
          ...all.map((period, index) =>
            fc.record({
              id: fc.constant(`e${index}`),
              subscriptionId: fc.constantFrom('s1-0', 's1-1', 's2-0', 's2-1', 'none'),
              appId: fc.constant('app'),
              capabilityKey: fc.constant('tokens'),
              from: fc.constant(period.from),
              to: fc.constant(period.to),
            }),
          ),
        ),
      )
      .chain(shuffled),
    versions: fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 60 }), fc.constantFrom('prompt', 'other')),
      { minLength: 1, maxLength: 6, selector: ([number]) => number },
    ),
  })

  test('has at most one answer, and it is the one a plain scan of the facts gives', () => {
    fc.assert(
      fc.property(facts, ({ ownerships, subscriptions, entitlements, versions }) => {
        const meters = [
          {
            id: 'm',
            slug: 'tokens',
            capabilityKey: 'tokens',
            versions: versions.map(([number, from, type]) => version(number, textOf(from), type)),
          },
        ]
        const catalogue = compile({ ownerships, subscriptions, entitlements, meters })
        for (let offset = 0; offset <= 70; offset++) {
          const moment = BASE - 1n + BigInt(offset)
          const valid = (row: { from: string; to: string | null }) =>
            row.from <= textOf(offset) && (row.to === null || textOf(offset) < row.to)

          const owners = ownerships.filter(valid)
          expect(owners.length).toBeLessThanOrEqual(1)
          expect(catalogue.ownershipOf('app', moment)?.spaceId).toBe(owners[0]?.spaceId)

          for (const spaceId of ['s1', 's2']) {
            const held = subscriptions.filter((row) => row.spaceId === spaceId && valid(row)).map((row) => row.id)
            const rights = entitlements.filter((row) => valid(row) && held.includes(row.subscriptionId))
            expect(rights.length).toBeLessThanOrEqual(1)
            const found = catalogue.entitlementOf({ appId: 'app', spaceId, capabilityKey: 'tokens', at: moment })
            expect(found?.id).toBe(rights[0]?.id)
          }

          const begun = versions
            .filter(([, from]) => from <= offset)
            .toSorted(([a, aFrom], [b, bFrom]) => aFrom - bFrom || a - b)
          const [number, , type] = begun.at(-1) ?? [null, null, null]
          for (const asked of ['prompt', 'other']) {
            const found = catalogue.metersInForce(asked, moment).map((each) => each.version.version)
            expect(found).toEqual(type === asked ? [number] : [])
          }
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('a stored catalogue', () => {
  test('with a fact that cannot be read is refused whole: no attribution from half of it', () => {
    const refused = (facts: object) => CatalogueDocument.safeParse({ ...EMPTY, ...facts }).success
    expect(refused({})).toBe(true)
    for (const facts of [
      { revision: 'one' },
      { revision: '-1' },
      { ownerships: [{ appId: 'a', spaceId: 's', from: '2026-02-30T00:00:00Z', to: null }] },
      { ownerships: [{ appId: 'a', spaceId: 's', from: JANUARY }] },
      { ownerships: [{ appId: 'a', spaceId: 's', from: null, to: null }] },
      { apps: [{ id: 'a', slug: 'a', shard: -1 }] },
      { meters: [{ id: 'm', slug: 'm', capabilityKey: 'c', versions: [] }] },
      {
        meters: [
          { id: 'm', slug: 'm', capabilityKey: 'c', versions: [{ ...version(1, JANUARY), value: { path: 'x' } }] },
        ],
      },
      { meters: [{ id: 'm', slug: 'm', capabilityKey: 'c', versions: [{ ...version(0, JANUARY) }] }] },
      {
        meters: [
          { id: 'm', slug: 'm', capabilityKey: 'c', versions: [{ ...version(1, JANUARY), groupBy: { a: 'b' } }] },
        ],
      },
    ]) {
      expect(refused(facts), JSON.stringify(facts)).toBe(false)
    }
  })

  test('keeps microseconds, and a revision beyond what a double holds', () => {
    const catalogue = compile({ revision: '9007199254740993' })
    expect(catalogue.revision).toBe(9_007_199_254_740_993n)
    const document = CatalogueDocument.parse({
      ...EMPTY,
      ownerships: [{ appId: 'a', spaceId: 's', from: '2026-07-01T00:00:00.123456Z', to: null }],
    })
    expect(document.ownerships[0]?.from).toBe(instant('2026-07-01T00:00:00.123456Z'))
  })
})
