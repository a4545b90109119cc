import { type ChangeLine, type CostCell, explainChange, type Summed } from '@meterbook/core/cost'
import { fromScaled } from '@meterbook/core/kernel'
import {
  AMOUNT_SCALE,
  amountText,
  divideHalfEven,
  PRICE_SCALE,
  type PriceVersion,
  priceAt,
  quantityText,
  scaledOf,
} from '@meterbook/core/rating'
import type { ExploreView } from '../../features/explore/explore-view.ts'
import type { EventStores } from '../events/event-sight.ts'
import type { Period } from '../usage/resolve-period.ts'
import type { readCostChoices } from './read-choices.ts'
import { type CostQuestion, readTable } from './read-cost.ts'

/** Named of each effect; the others are in its amount. */
const PARTS_MAX = 6

/** Why a period costs more or less than as much of the one it is compared with. Told by app, capability and environment, and added up to the last digit. */
export async function explainCost(
  stores: EventStores,
  input: Pick<CostQuestion, 'space' | 'zone' | 'filters' | 'isShown' | 'now' | 'frozen'> & {
    period: Period
    choices: Awaited<ReturnType<typeof readCostChoices>>
  },
): Promise<ExploreView['explained']> {
  const { period, choices, now } = input
  const prices = new Map<string, PriceVersion>()
  const groupOf = (cell: CostCell) => {
    // a version is named by its book and its beginning for one capability only
    const price = cell.price === null ? '' : `${cell.price.bookId} ${cell.price.effectiveFrom} ${cell.capability}`
    if (cell.price !== null) prices.set(price, cell.price)
    return JSON.stringify([cell.appId, cell.environment, cell.capability, price])
  }
  const elapsed = period.to < now ? period.to : period.from < now ? now : period.to
  const asked = { ...input, groupOf, size: 'whole' as const }
  const [before, after] = await Promise.all([
    readTable(stores, { ...asked, from: period.previous.from, to: period.previous.to }),
    readTable(stores, { ...asked, from: period.from, to: elapsed }),
  ])
  const { facts, space } = after.money
  const lastOf = (capability: string) => priceAt(facts.timelineOf(space, capability), period.previous.to - 1n)
  const change = explainChange(
    linesOf(before.table.groups, () => 0n),
    linesOf(after.table.groups, (capability, of, { sums }) => {
      const price = prices.get(of)
      const last = lastOf(capability)
      return price === undefined || last === null ? 0n : dearer(sums.billable, { price, last })
    }),
  )
  const names = new Map(choices.apps.map(({ id, name, slug }) => [id, { name, slug }]))
  const capabilities = new Map(choices.capabilities.map(({ key, name }) => [key, name]))
  return {
    before: change.before,
    now: change.now,
    difference: change.difference,
    effects: change.effects.map(({ kind, amount, parts }) => ({
      kind,
      amount,
      parts: parts.slice(0, PARTS_MAX).map((part) => {
        const [appId = '', environment = ''] = JSON.parse(part.key) as string[]
        const app = names.get(appId)
        return {
          name: `${app?.name ?? appId}, ${capabilities.get(part.capability) ?? part.capability}, ${environment}`,
          keys: { ...(app && { app: app.slug }), capability: part.capability },
          amount: part.amount,
        }
      }),
    })),
  }
}

type Dearer = (capability: string, price: string, summed: Summed) => bigint

function linesOf(groups: ReadonlyMap<string, { total: Summed }>, dearerOf: Dearer): ChangeLine[] {
  const lines = new Map<string, { key: string; capability: string; sums: Summed['sums']; dearer: bigint }>()
  for (const [group, { total }] of groups) {
    const [appId, environment, capability = '', price = ''] = JSON.parse(group) as string[]
    const key = JSON.stringify([appId, environment])
    const line = lines.get(`${key} ${capability}`)
    const more = dearerOf(capability, price, total)
    const { quantity, amount, correction } = total.sums
    if (line === undefined) {
      lines.set(`${key} ${capability}`, { key, capability, sums: { ...total.sums }, dearer: more })
    } else {
      line.sums.quantity += quantity
      line.sums.amount += amount
      line.sums.correction += correction
      line.dearer += more
    }
  }
  return [...lines.values()].map(({ key, capability, sums, dearer: more }) => ({
    key,
    capability,
    quantity: quantityText(sums.quantity),
    amount: amountText(sums.amount),
    correction: amountText(sums.correction),
    dearer: fromScaled(more, AMOUNT_SCALE),
  }))
}

const CUT = 10n ** 42n

/** What so much costs more by its price than it would by another one, at the price of the first units beyond the allowance; 48 digits after the point. */
function dearer(billable: bigint, { price, last }: { price: PriceVersion; last: PriceVersion }): bigint {
  const unit = (of: PriceVersion) => ({
    price: scaledOf(of.tiers?.tiers[0]?.price ?? of.price, PRICE_SCALE),
    per: scaledOf(of.per, PRICE_SCALE),
  })
  const [now, then] = [unit(price), unit(last)]
  const numerator = billable * (now.price * then.per - then.price * now.per)
  return divideHalfEven(numerator * 10n ** 18n, now.per * then.per) * CUT
}
