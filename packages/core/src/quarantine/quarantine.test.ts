import { describe, expect, test } from 'vitest'
import { CatalogueDocument } from '../catalogue/index.ts'
import type { UsageEvent } from '../event/index.ts'
import { type Instant, parseInstant } from '../kernel/index.ts'
import { measureOf } from '../meter/index.ts'
import { CATALOGUE, identified, testProjector } from '../projection/test-journal.ts'
import { addStake, cureOf, EMPTY_STAKE, eventStake, type Prices, stakeTexts, validationError } from './index.ts'

function at(text: string): Instant {
  const result = parseInstant(text)
  if (!result.ok) throw new Error(text)
  return result.value
}

const JULY = at('2026-07-10T00:00:00Z')
const price = (
  capabilityKey: string,
  text: string,
  since = '2026-01-01T00:00:00Z',
  per = '1000',
  isTiered = false,
) => ({
  capabilityKey,
  effectiveFrom: at(since),
  price: text,
  per,
  isTiered,
})
const PRICES: Prices = {
  books: [
    {
      id: 'dollars',
      currency: 'USD',
      prices: [price('requests', '1'), price('requests', '2', '2026-07-05T00:00:00Z', '7')],
    },
    { id: 'euros', currency: 'EUR', prices: [price('requests', '5')] },
  ],
  subscriptions: [{ spaceId: 'first', priceBookId: 'euros', from: at('2020-01-01T00:00:00Z'), to: null }],
}
const catalogue = testProjector().catalogue

function stake(
  more: Partial<UsageEvent> & { spaceId?: string; reason?: string; verdict?: string; at?: Instant } = {},
  prices = PRICES,
) {
  const { spaceId = 'first', reason = 'not_entitled', verdict = 'quarantined', at: when = JULY, ...event } = more
  const source = identified({ batch: 1n, pos: 0, ...event })
  const held = { verdict, reason, appId: 'app', spaceId, at: when, event: source.event }
  const result = eventStake({ held, catalogue, prices })
  return result.ok ? stakeTexts(addStake(EMPTY_STAKE, result)).amounts[0] : result.code
}

describe('the money at stake', () => {
  test('is quantity times the list price of the space’s own book, at the event’s time', () => {
    expect(stake()).toEqual({ currency: 'EUR', amount: '0.005' })
    const dollars = { ...PRICES, books: PRICES.books.slice(0, 1) }
    expect(stake({ spaceId: '' }, dollars)).toEqual({ currency: 'USD', amount: '0.285714285714285714285714285714' })
    expect(stake({ spaceId: '', at: at('2026-07-04T23:59:59.999999Z') }, dollars)).toEqual({
      currency: 'USD',
      amount: '0.001',
    })
    expect(stake({ installation: 'own-site' })).toEqual({ currency: 'EUR', amount: '0' })
  })

  test('is never guessed: where it cannot be told it says why', () => {
    expect(stake({ spaceId: '' })).toBe('no_price_book')
    expect(stake({ at: at('2025-12-31T00:00:00Z') })).toBe('no_price')
    expect(stake({ type: 'nothing' })).toBe('no_meter')
    expect(stake({ verdict: 'conflict' })).toBe('conflict')
    expect(stake({ reason: 'time_in_future' })).toBe('time')
    const withPrices = (...prices: ReturnType<typeof price>[]) => ({
      ...PRICES,
      books: [{ id: 'euros', currency: 'EUR', prices }],
    })
    const tokens = withPrices(price('tokens', '1'))
    expect(stake({ type: 'prompt', data: { tokens: 2_000 } }, tokens)).toEqual({ currency: 'EUR', amount: '2' })
    expect(stake({ type: 'prompt', data: { tokens: 'x' } }, tokens)).toBe('unreadable')
    expect(
      stake({ type: 'prompt', data: { tokens: 1, user: 'u' } }, withPrices(price('tokens', '1'), price('users', '1'))),
    ).toBe('not_additive')
    expect(stake({}, withPrices(price('requests', '1', undefined, '1', true)))).toBe('tiered')
  })

  test('of many adds up exactly, and only within a currency', () => {
    const third = { ok: true, currency: 'USD', amount: { numerator: 1n, denominator: 3n } } as const
    const stakes = [
      third,
      third,
      third,
      { ok: false, code: 'time' } as const,
      { ...third, currency: 'EUR' },
      { ok: false, code: 'time' } as const,
    ]
    expect(stakeTexts(stakes.reduce(addStake, EMPTY_STAKE))).toMatchObject({
      amounts: [
        { currency: 'EUR', amount: '0.333333333333333333333333333333' },
        { currency: 'USD', amount: '1' },
      ],
      undecided: [{ code: 'time', events: 2 }],
    })
  })
})

describe('a cure', () => {
  test('names the next step for every reason an event is held for, and none for one that counts', () => {
    const reasons = [
      'unattributed',
      'not_entitled',
      'unknown_type',
      'value_missing',
      'value_null',
      'value_not_a_number',
      'value_out_of_range',
      'subject_missing',
      'data_invalid',
      'time_too_old',
      'time_in_future',
    ]
    const texts = reasons.map((reason) => cureOf({ verdict: 'quarantined', reason })?.text ?? '')
    for (const [index, text] of texts.entries()) expect(text, reasons[index]).toMatch(/replay/)
    expect(new Set(texts).size).toBe(reasons.length)
    expect(cureOf({ verdict: 'conflict', reason: '' })?.acts).toEqual(['dismiss', 'amend'])
    expect(cureOf({ verdict: 'counted', reason: '' })).toBeNull()
    expect(cureOf({ verdict: 'duplicate', reason: '' })).toBeNull()
    expect(cureOf({ verdict: 'quarantined', reason: 'toString' })).toBeNull()
  })
})

describe('a validation error', () => {
  /** What the meter itself says of such data: if its words change, these must follow. */
  const said = (data: UsageEvent['data'], aggregation: 'SUM' | 'UNIQUE_COUNT' = 'SUM') => {
    const document = CatalogueDocument.parse(CATALOGUE)
    const version = document.meters.find(({ slug }) => slug === (aggregation === 'SUM' ? 'tokens' : 'users'))!
      .versions[0]!
    const result = measureOf(version)({ data, subject: null })
    if (result.ok) throw new Error('expected a fault')
    return validationError({ verdict: 'quarantined', reason: result.code, detail: `tokens: ${result.detail}` })
  }

  test('is in the words that OpenMeter’s clients know', () => {
    expect(said(null)).toBe('invalid event: null and missing value property')
    expect(said({})).toBe('invalid event: missing value property: "$.tokens"')
    expect(said({ tokens: null })).toBe('invalid event: value cannot be null')
    expect(said({ tokens: 'NaN' })).toBe('invalid event: value cannot be NaN')
    for (const text of ['Inf', '+Inf', '-Inf', 'Infinity'])
      expect(said({ tokens: text })).toBe('invalid event: value cannot be infinity')
    expect(said({ tokens: 'a "b"\n' })).toBe('invalid event: value cannot be parsed as float64: a "b"\n')
    expect(said({ tokens: {} })).toBe('invalid event: unsupported value property type: an object')
    expect(said({ tokens: true })).toBe('invalid event: unsupported value property type: true')
    expect(said({ user: null }, 'UNIQUE_COUNT')).toBe('invalid event: value cannot be null')
    expect(said({}, 'UNIQUE_COUNT')).toBe('invalid event: missing value property: "$.user"')
  })

  test('has a line for each meter, is in our words where theirs end, and there is none for what counts', () => {
    const detail = 'a: expected a number at $.x, found none\nb: something else'
    expect(validationError({ verdict: 'quarantined', reason: 'value_missing', detail })).toBe(
      'invalid event: missing value property: "$.x"\nb: something else',
    )
    expect(validationError({ verdict: 'counted', reason: '', detail })).toBeNull()
    for (const verdict of ['duplicate', 'conflict', 'cancelled', 'dismissed'] as const)
      expect(validationError({ verdict, reason: '', detail: 'why' }), verdict).toBeTruthy()
  })
})
