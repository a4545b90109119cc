import type { Bases } from './billed-usage.ts'
import { amountOf, type Charges, chargesOf, roundedQuantity } from './money.ts'
import type { TruthPrice } from './prices.ts'

type BySum = Map<bigint, bigint>

/** What an app used of a capability in a month, by the price in force when it was used; exempt usage apart. */
export class AccountSum {
  readonly #prices: readonly TruthPrice[]
  readonly #charged = new Map<TruthPrice | null, BySum>()
  readonly #exempt: BySum = new Map()

  /** All prices of the capability, oldest first. */
  constructor(prices: readonly TruthPrice[]) {
    this.#prices = prices
  }

  add({ start, isExempt }: { start: bigint; isExempt: boolean }, bases: Bases): void {
    const price = this.#prices.findLast(({ from }) => from <= start) ?? null
    const sums: BySum = isExempt ? this.#exempt : (this.#charged.get(price) ?? new Map())
    if (!isExempt) this.#charged.set(price, sums)
    for (const { divisor, base } of bases.values()) sums.set(divisor, (sums.get(divisor) ?? 0n) + base)
  }

  /** In parts: rounded once for each price, exempt usage once for all. */
  quantity(isExempt: boolean): bigint {
    if (isExempt) return roundedQuantity(this.#exempt)
    return [...this.#charged.values()].reduce((sum, bases) => sum + roundedQuantity(bases), 0n)
  }

  charges(): Charges {
    const stretches = [null, ...this.#prices].flatMap((price) => {
      const bases = this.#charged.get(price)
      return bases === undefined ? [] : [{ price, quantity: roundedQuantity(bases) }]
    })
    return chargesOf(stretches)
  }

  amount(): bigint {
    return amountOf(this.charges())
  }
}
