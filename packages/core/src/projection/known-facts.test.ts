import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TEST_INSTALLATION } from '../event/index.ts'
import type { JsonObject } from '../kernel/index.ts'
import { CATALOGUE, identified, instant, testProjector } from './test-journal.ts'

const JULY = instant('2026-07-01T00:00:00Z')
const EXEMPT_FROM = instant('2026-06-15T12:00:00Z')
const boundaries = [JULY, EXEMPT_FROM, instant('2020-01-01T00:00:00Z'), instant('2026-08-01T00:00:00Z')]

/** Rights, ownership and exemption begin and end at several moments, so that neighbouring events differ in their answers. */
const projector = testProjector({
  installations: [
    { appId: 'app', key: 'own-site', exempt: true, from: '2026-06-15T12:00:00Z', to: '2026-07-01T00:00:00Z' },
    { appId: 'app', key: 'own-site', exempt: false, from: '2026-07-01T00:00:00Z', to: null },
  ],
  entitlements: CATALOGUE.entitlements.map((each) =>
    each.id === 'users-second' ? { ...each, to: '2026-08-01T00:00:00Z' } : each,
  ),
})

const times = fc.oneof(
  fc.tuple(fc.constantFrom(...boundaries), fc.constantFrom(-1n, 0n, 1n)).map(([at, by]) => at + by),
  fc.bigInt({ min: instant('1999-01-01T00:00:00Z'), max: instant('2026-12-01T00:00:00Z') }),
)
const data: fc.Arbitrary<JsonObject | null> = fc.option(
  fc.record(
    {
      tokens: fc.oneof(
        fc.nat(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom('1.5', 'x', null),
      ),
      user: fc.string(),
    },
    { requiredKeys: [] },
  ),
)
const events = fc.array(
  fc.record({
    appId: fc.constantFrom('app', 'free', 'unknown'),
    type: fc.constantFrom('request', 'secret', 'prompt', 'unheard.of', 'constructor'),
    installation: fc.constantFrom(null, 'own-site', 'other', TEST_INSTALLATION),
    time: times,
    data,
  }),
  { maxLength: 40 },
)

test('what is remembered of the catalogue never changes an answer, in whatever order events come', () => {
  fc.assert(
    fc.property(events, (drawn) => {
      for (const each of drawn) {
        const { event, appId, receivedAt } = identified({ batch: 1n, pos: 0, ...each })
        const input = { event, appId, at: event.time ?? receivedAt, receivedAt }
        expect(projector.project(input)).toEqual(projector.projectCarefully(input))
      }
    }),
    { numRuns: 500 },
  )
})

test('a steady time is bounded by what begins or ends, and the same object within', () => {
  const { catalogue } = projector
  for (const at of boundaries) {
    const before = catalogue.steadyAround(at - 1n)
    const after = catalogue.steadyAround(at)
    expect([before.to, after.from]).toEqual([at, at])
    expect(catalogue.steadyAround(at + 1n)).toBe(after)
  }
  expect(catalogue.steadyAround(0n)).toMatchObject({ from: null })
  expect(catalogue.steadyAround(10n ** 18n)).toMatchObject({ to: null })
})
