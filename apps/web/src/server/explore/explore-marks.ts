import type { BillingSpace } from '@meterbook/db/postgres'
import type { CostView } from '../../features/cost/cost-view.ts'
import type { ExploreMark } from '../../features/explore/explore-view.ts'
import { formatMonth } from '../../format.ts'
import { monthsOf } from '../cost/space-money.ts'
import type { Period } from '../usage/resolve-period.ts'

/** What steps in money come from within a range: another price, or the first one; a billing month, whose allowances begin anew. Ascending. */
export function marksOf(
  { prices, from }: Pick<CostView, 'prices' | 'from'>,
  { period, billingZone }: { period: Pick<Period, 'from' | 'to'> } & Pick<BillingSpace, 'billingZone'>,
): ExploreMark[] {
  const changes = prices
    .filter((price) => Date.parse(price.from) > Date.parse(from))
    .map((price): ExploreMark => {
      const { capability, capabilityName, unit, allowance, per } = price
      const text = `${capabilityName}: ${price.price} for ${per} ${unit}, ${allowance} included`
      return { at: isoOf(Date.parse(price.from)), kind: 'price', capability, text }
    })
  const months = monthsOf({ start: period.from, end: period.to }, billingZone)
    .filter(({ start }) => start > period.from)
    .map(({ start }): ExploreMark => {
      const at = isoOf(Number(start / 1000n))
      return {
        at,
        kind: 'month',
        capability: null,
        text: `${formatMonth(at, billingZone)} begins, allowances start anew`,
      }
    })
  return [...months, ...changes].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

/** As the windows of a view are written. */
function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
