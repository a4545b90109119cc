// What a month of usage costs, in plain code: allowance, tiers, packages and changes of price, said a second time by hand.
// Promises: exact whole numbers; a quotient without end is cut where the price list's rules say so, and nowhere else.
// Does not know: where usage comes from, what was posted.
import { FRACTION_DIGITS, least, most } from './exact.ts'
import type { TruthPrice } from './prices.ts'

/** Units are cut at sixty digits after the point, half to even; times a price of thirty, an amount has ninety. */
export const UNIT_DIGITS = 60
export const AMOUNT_DIGITS = UNIT_DIGITS + FRACTION_DIGITS
const UNIT = 10n ** BigInt(UNIT_DIGITS)

/** What fell to one place of the price list: quantity in parts, units at UNIT_DIGITS, amount at AMOUNT_DIGITS. */
export interface Charge {
  quantity: bigint
  units: bigint
  amount: bigint
}

/** By `<microsecond at which the price began> <tier>`; `- unpriced` where there was none. */
export type Charges = Map<string, Charge>

/** A stretch of the month under one price, or under none; the quantity in parts. */
interface Stretch {
  price: TruthPrice | null
  quantity: bigint
}

/** The exact sum of base ÷ divisor, rounded once to parts, half to even. */
export function roundedQuantity(bases: ReadonlyMap<bigint, bigint>): bigint {
  let [over, under] = [0n, 1n]
  for (const [divisor, base] of bases) [over, under] = [over * divisor + base * under, under * divisor]
  return halfEven(over, under)
}

/**
 * All that a month costs. Usage walks along one line from nought, through the stretches in time order; each pays by its own price for the piece
 * of the line that it walked. What has no price does not walk, and less than nothing is free.
 */
export function chargesOf(stretches: readonly Stretch[]): Charges {
  const end = stretches.reduce((sum, { price, quantity }) => sum + (price ? quantity : 0n), 0n)
  const charges: Charges = new Map()
  let at = 0n
  for (const { price, quantity } of stretches) {
    if (price === null) {
      add(charges, '- unpriced', { quantity, units: 0n, amount: 0n })
      continue
    }
    const [before, after] = [standing(price, at, end), standing(price, at + quantity, end)]
    at += quantity
    for (const [place, { walked, count }] of after) {
      const gone = before.get(place)
      const piece = { walked: walked - (gone?.walked ?? 0n), count: count - (gone?.count ?? 0n) }
      add(charges, `${price.from} ${place}`, chargeOf(price, place, piece))
    }
  }
  for (const [place, { quantity, units }] of charges) if (quantity === 0n && units === 0n) charges.delete(place)
  return charges
}

export function amountOf(charges: Charges): bigint {
  return [...charges.values()].reduce((sum, { amount }) => sum + amount, 0n)
}

interface Walk {
  walked: bigint
  /** Packages begun, or fees owed. */
  count: bigint
}

/** How far somebody at that place of the line has come in each tier, counted from the line's beginning. */
function standing(price: TruthPrice, at: bigint, end: bigint): Map<string, Walk> {
  const { allowance, per, isPackage, mode, tiers } = price
  const beyond = most(at - allowance, 0n)
  const walks = new Map<string, Walk>([['allowance', { walked: least(at, allowance), count: 0n }]])
  if (mode === 'volume') {
    // the whole month's usage says which tier all of it is charged in
    const total = most(end - allowance, 0n)
    const index = tiers.findIndex(({ upTo }) => upTo === null || total <= upTo)
    walks.set(`tier_${index + 1}`, { walked: beyond, count: isPackage ? packages(beyond, per) : 0n })
    if (tiers[index]?.flat !== 0n) walks.set(`flat_${index + 1}`, { walked: 0n, count: beyond > 0n ? 1n : 0n })
    return walks
  }
  let from = 0n
  for (const [index, { upTo, flat }] of tiers.entries()) {
    const reached = most(upTo === null ? beyond : least(beyond, upTo), from)
    // a package that spans the end of a tier belongs to the tier in which it began
    const count = isPackage ? packages(reached, per) - packages(from, per) : 0n
    walks.set(mode === 'flat' ? 'overage' : `tier_${index + 1}`, { walked: reached - from, count })
    if (flat !== 0n) walks.set(`flat_${index + 1}`, { walked: 0n, count: beyond > from ? 1n : 0n })
    from = upTo ?? from
  }
  return walks
}

function chargeOf(price: TruthPrice, place: string, { walked, count }: Walk): Charge {
  if (place === 'allowance') return { quantity: walked, units: 0n, amount: 0n }
  const tier = price.tiers[place === 'overage' ? 0 : Number(place.slice(5)) - 1]
  if (tier === undefined) throw new RangeError(`no tier ${place}`)
  const fee = place.startsWith('flat') ? tier.flat : tier.price
  const units = price.isPackage || place.startsWith('flat') ? count * UNIT : halfEven(walked * UNIT, price.per)
  return { quantity: walked, units, amount: units * fee }
}

function add(charges: Charges, place: string, more: Charge): void {
  const known = charges.get(place)
  if (known !== undefined) throw new RangeError(`expected one stretch of a month under one price, found two: ${place}`)
  charges.set(place, more)
}

/** How many packages of so much hold it. */
function packages(quantity: bigint, per: bigint): bigint {
  return (quantity + per - 1n) / per
}

/** The whole number nearest to numerator ÷ denominator (above 0); halfway, the even one. */
function halfEven(over: bigint, under: bigint): bigint {
  const size = over < 0n ? -over : over
  const [whole, rest] = [size / under, (size % under) * 2n]
  const isUp = rest > under || (rest === under && whole % 2n === 1n)
  const rounded = isUp ? whole + 1n : whole
  return over < 0n ? -rounded : rounded
}

/** A plain decimal text as a whole number of 10^-places; throws where it has more digits. */
export function scaled(text: string, places: number): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  const [, sign, before = '', after = ''] = match ?? []
  if (match === null || after.length > places) throw new RangeError(`expected at most ${places} digits, found ${text}`)
  const size = BigInt(before + after) * 10n ** BigInt(places - after.length)
  return sign === '-' ? -size : size
}

/** `scaled`, the other way. */
export function digitsAt(value: bigint, places: number): string {
  const size = (value < 0n ? -value : value).toString().padStart(places + 1, '0')
  const text = `${size.slice(0, -places)}.${size.slice(-places)}`.replace(/\.?0+$/, '')
  return value < 0n ? `-${text}` : text
}
