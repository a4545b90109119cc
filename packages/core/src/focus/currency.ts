import { compareDecimals, fromScaled, multiplyDecimals } from '../kernel/index.ts'

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** True for a code of ISO 4217 that the runtime's own data knows. */
export function isCurrency(code: string): boolean {
  return /^[A-Z]{3}$/.test(code) && CURRENCIES.has(code)
}

/** Digits after the point of the smallest unit one can pay: 2 for USD, 0 for JPY. Throws RangeError for an unknown form. */
export function subunitDigits(currency: string): number {
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
  return maximumFractionDigits ?? 2
}

/** The smallest unit as decimal text: `0.01`. */
export function subunitOf(currency: string): string {
  return fromScaled(1n, subunitDigits(currency))
}

/** True if the size of the amount is at most half the smallest unit: what rounding once can leave. */
export function isRoundingOf(amount: string, currency: string): boolean {
  return compareDecimals(multiplyDecimals(amount.replace('-', ''), '2'), subunitOf(currency)) <= 0
}
