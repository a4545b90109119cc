import { describe, expect, test } from 'vitest'
import { formulaText, MeterVersionDraft, type MeterVersionFacts } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { meterShadow } from './meter-shadow.ts'
import { dimensionSizes, meterTrial, type ShadowedEvent } from './meter-trial.ts'

function version(over: object = {}): MeterVersionFacts {
  const draft = {
    effectiveFrom: '2020-01-01T00:00:00Z',
    eventType: 'prompt',
    aggregation: 'SUM',
    value: { path: '$.n' },
    ...over,
  }
  const { effectiveFrom, ...facts } = MeterVersionDraft.parse(draft)
  return { version: 1, from: effectiveFrom, ...facts }
}

function event(data: UsageEvent['data'], over: Partial<UsageEvent> = {}): UsageEvent {
  return {
    ...{ id: 'e', source: 's', type: 'prompt', subject: null, time: 0n, environment: 'production', installation: null },
    ...{ app: null, data, extensions: {}, ...over },
  }
}

describe('a trial of a meter version', () => {
  test('says of each event how much it is in the unit and by which dimensions, or why it cannot be counted', () => {
    const tried = meterTrial(version({ divisor: '1000', groupBy: { model: '$.model' } }))
    expect(tried(event({ n: 1500, model: 'm' }))).toEqual({
      ...{ ok: true, base: '1500', quantity: '1.5', uniqueValue: '', dimensions: [['model', 'm']] },
    })
    expect(tried(event({ n: 'x' }))).toMatchObject({ ok: false, code: 'value_not_a_number' })
    expect(tried(event({ n: 1 }, { type: 'other' }))).toMatchObject({ ok: false, code: 'other_type' })
  })

  test('estimates how many values a dimension has beyond those it saw', () => {
    const of = (values: string[]) => dimensionSizes(values.map((value): [string, string][] => [['d', value]]))[0]
    expect(of(['a', 'a', 'b', 'b', ''])).toMatchObject({
      seen: 2,
      estimated: 2,
      empty: 1,
      top: [{ value: 'a', events: 2 }, { value: 'b' }],
    })
    expect(of(['a', 'b', 'c', 'd', 'e'])?.estimated).toBeGreaterThanOrEqual(15)
    expect(of(['__proto__', '__proto__'])?.top).toEqual([{ value: '__proto__', events: 2 }])
  })
})

describe('a shadow of a meter version', () => {
  const at = (appId: string, data: UsageEvent['data'], time: bigint, subject: string | null = null): ShadowedEvent => {
    return { event: event(data, { subject }), appId, spaceId: 'ours', at: time, order: [time] }
  }
  const window = { start: 0n, end: 7_200_000_000n }

  test('shows for each app what both versions say of the same events, and what either cannot count', () => {
    const events = [at('a', { n: 1 }, 1n), at('a', { n: 2, m: 5 }, 2n), at('b', { m: 7 }, 3n)]
    const shadow = meterShadow({ events, window, before: version(), after: version({ value: { path: '$.m' } }) })
    expect(shadow.rows).toEqual([
      { spaceId: 'ours', appId: 'a', before: '3', after: '5', difference: '2' },
      { spaceId: 'ours', appId: 'b', before: null, after: '7', difference: '7' },
    ])
    expect(shadow.counted).toEqual({ before: 2, after: 2 })
    expect(shadow.faults.after).toEqual([
      { code: 'value_missing', detail: 'expected a number at $.m, found none', events: 1 },
    ])
  })

  test('integrates levels over the time of the sample, for each subject by itself', () => {
    const events = [at('a', { n: 4 }, 0n, 'x'), at('a', { n: 0 }, 3_600_000_000n, 'x'), at('a', { n: 1 }, 0n, 'y')]
    const level = version({ aggregation: 'TIME_WEIGHTED', subjectRequired: true })
    expect(meterShadow({ events, window, before: null, after: level }).rows).toMatchObject([
      { before: null, after: '6', difference: '6' },
    ])
  })
})

test('a formula reads as a person would write it', () => {
  expect(formulaText(version({ divisor: '1024' }))).toBe('sum of n, ÷ 1024')
  expect(formulaText(version({ aggregation: 'COUNT', value: null }))).toBe('number of events')
  expect(
    formulaText(
      version({
        value: { product: [{ path: '$.memoryMiB', default: '512' }, { sum: [{ path: '$.a' }, { constant: '1' }] }] },
      }),
    ),
  ).toBe('sum of memoryMiB (or 512) × (a + 1)')
  const rule = {
    when: { path: '$.o', in: ['x', 'y'] },
    // biome-ignore lint/suspicious/noThenProperty: a rule is data, never awaited
    then: { min: [{ path: '$.a' }, { path: '$.b' }] },
    otherwise: { path: '$.a', zeroAs: '9' },
  }
  expect(formulaText(version({ value: rule }))).toBe('sum of (lowest of (a, b) where o is x or y, else a (0 as 9))')
})
