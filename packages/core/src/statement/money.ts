import { fromScaled } from '../kernel/index.ts'
import { divideHalfEven } from '../rating/index.ts'
import { addRatios, type Ratio } from '../window/index.ts'

/** Money of a statement as quotients, so that a share of a share of an amount is exact too. */
export const NOTHING: Ratio = { numerator: 0n, denominator: 1n }

export function negative({ numerator, denominator }: Ratio): Ratio {
  return { numerator: -numerator, denominator }
}

export function minus(a: Ratio, b: Ratio): Ratio {
  return addRatios(a, negative(b))
}

export function times(a: Ratio, b: Ratio): Ratio {
  return { numerator: a.numerator * b.numerator, denominator: a.denominator * b.denominator }
}

export function least(a: Ratio, b: Ratio): Ratio {
  return minus(a, b).numerator < 0n ? a : b
}

/** Nothing instead of less than nothing. */
export function owed(money: Ratio): Ratio {
  return money.numerator > 0n ? money : NOTHING
}

/** To `digits` after the point; halfway, to the even digit. As a plain decimal text. */
export function roundedText(money: Ratio, digits: number): string {
  return fromScaled(divideHalfEven(money.numerator * 10n ** BigInt(digits), money.denominator), digits)
}
