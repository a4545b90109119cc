import fc from 'fast-check'
import type { ListedPrice, PriceTiers, PriceVersion } from './price-version.ts'
import { instant } from './test-price-book.ts'

/** Random prices for laws that hold under every price. `perOf`: those that end, where a plain model has to follow; else also thirds and sevenths. */
export interface PriceShape {
  perOf: 'ending' | 'any'
}

const MONTH = { start: instant('2026-07-01T00:00:00Z'), hours: 31 * 24 }
const HOUR = 3_600_000_000n
export const JULY = { start: MONTH.start, end: MONTH.start + BigInt(MONTH.hours) * HOUR }

/** The instant at which an hour of July begins; hours before and after July are fine. */
export function julyHour(hour: number): bigint {
  return MONTH.start + BigInt(hour) * HOUR
}

const money = fc.tuple(fc.nat(5_000), fc.nat(6)).map(([digits, scale]) => decimalText(digits, scale))

/** digits ÷ 10^scale */
export function decimalText(digits: number, scale: number): string {
  const sign = digits < 0 ? '-' : ''
  const text = String(Math.abs(digits)).padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

const tiers: fc.Arbitrary<PriceTiers | null> = fc.option(
  fc
    .record({
      mode: fc.constantFrom('graduated', 'volume'),
      steps: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 3 }),
      fees: fc.array(fc.record({ price: money, flat: fc.oneof(fc.constant('0'), money) }), {
        minLength: 4,
        maxLength: 4,
      }),
    })
    .map(({ mode, steps, fees }): PriceTiers => {
      const bounds = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0))
      const ends = [...bounds.map(String), null]
      return { mode, tiers: ends.map((end, index) => ({ upTo: end, price: '0', flat: '0', ...fees[index] })) }
    }),
)

export function listedPrice(
  shape: PriceShape,
): fc.Arbitrary<Omit<ListedPrice, 'effectiveFrom' | 'version' | 'bookId'>> {
  const per = shape.perOf === 'ending' ? ['1', '2', '5', '8', '1000'] : ['1', '3', '7', '1000', '0.3']
  return fc.record({
    capabilityKey: fc.constant('c'),
    allowance: fc.oneof(fc.constant('0'), fc.nat(60).map(String)),
    price: money,
    per: fc.constantFrom(...per),
    packaging: fc.constantFrom('exact', 'package'),
    tiers,
  })
}

/** Prices one after the other over July, some of them with a gap before. */
export function timeline(shape: PriceShape): fc.Arbitrary<PriceVersion[]> {
  const step = fc.record({
    price: listedPrice(shape),
    gap: fc.constantFrom(0, 0, 40),
    hours: fc.integer({ min: 1, max: 400 }),
  })
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => {
    let hour = -20
    return steps.map(({ price, gap, hours }, index) => {
      const from = julyHour(hour + gap)
      hour += gap + hours
      const to = index === steps.length - 1 ? null : julyHour(hour)
      return { ...price, bookId: `book-${index % 2}`, version: index + 1, effectiveFrom: from, from, to }
    })
  })
}
