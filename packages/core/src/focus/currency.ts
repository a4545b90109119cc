import { compareDecimals, fromScaled, multiplyDecimals } from '../kernel/index.ts'
import { minorDigitsOf } from '../statement/index.ts'

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** True for a code of ISO 4217 that the runtime's own data knows. */
export function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && CURRENCIES.has(code)
}

/** The smallest unit as decimal text: `0.01`. */
export function subunitOf(currency: string): string {
  return fromScaled(1n, minorDigitsOf(currency))
}

/** True if the size of the amount is at most half the smallest unit: what rounding once can leave. */
export function isRoundingOf(amount: string, currency: string): boolean {
  return compareDecimals(multiplyDecimals(amount.replace('-', ''), '2'), subunitOf(currency)) <= 0
}
