import { decimal, formatDecimal } from '../kernel/index.ts'
import { AMOUNT_SCALE } from '../rating/index.ts'

/**
 * What is declared for every Decimal column. An amount of the ledger has up to 90 digits after the point (units to 60, prices to 30), and
 * at most 46 of units and 20 of price before it: nothing that the ledger can hold is refused, and nothing is cut.
 */
export const NUMBER_SCALE = AMOUNT_SCALE
const WHOLE_DIGITS_MAX = 66
export const NUMERIC_PRECISION = WHOLE_DIGITS_MAX + NUMBER_SCALE

/**
 * A decimal as FOCUS and its validator read it: plain notation, all digits, no trailing zeros beyond one after the point, always a point
 * (`0.0`, `0.5`), never `-0`. Throws RangeError where it would have to be cut to fit the declared precision.
 */
export function decimalCell(text: string): string {
  const plain = formatDecimal(decimal(text))
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.')
  if (fraction.length > NUMBER_SCALE || whole.length > WHOLE_DIGITS_MAX) {
    throw new RangeError(
      `expected at most ${WHOLE_DIGITS_MAX} digits before and ${NUMBER_SCALE} after the point, found ${plain}: nothing is cut`,
    )
  }
  return fraction === '' ? `${plain}.0` : plain
}
