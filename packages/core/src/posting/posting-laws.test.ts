import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, subtractDecimals } from '../kernel/index.ts'
import { EntryDraft } from '../ledger/index.ts'
import { amountOf, decompose, type PriceVersion, segmentUsage } from '../rating/index.ts'
import { JULY, julyHour, timeline } from '../rating/test-prices.ts'
import { addRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { type AccountUsage, decidePostings, type PostingDraft } from './index.ts'
import { FACTS, ledgerOf, totalOf } from './test-account.ts'
import {
  allWindowsOf,
  emptied,
  halvesOf,
  METERS,
  placeOf,
  readings,
  type Usage,
  usage,
  windowsOf,
} from './test-usage.ts'

const prices = timeline({ perOf: 'any' })

test('whatever comes in whatever order, the entries add up to what the month costs', () => {
  fc.assert(
    fc.property(prices, readings, (list, steps) => {
      const ledger = postAll(list, steps)
      expect(totalOf(ledger)).toBe(priceOf(list, steps.flat()))
      expect(sum(ledger.filter(({ exempt }) => !exempt).map(({ quantity }) => quantity))).toBe(
        sum(quantitiesOf(list, steps.flat()).map(({ quantity }) => quantity)),
      )
    }),
    { numRuns: 400 },
  )
})

test('asked again, there is nothing to post', () => {
  fc.assert(
    fc.property(prices, readings, (list, steps) => {
      const posted = ledgerOf(postAll(list, steps))
      expect(decide({ ...account(list), measured: windowsOf(steps.flat()), posted })).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('the order of posting changes no sum', () => {
  fc.assert(
    fc.property(prices, readings, fc.infiniteStream(fc.nat()), (list, steps, draws) => {
      const shuffled = steps
        .map((step) => ({ step, place: draws.next().value }))
        .sort((a, b) => a.place - b.place)
        .map(({ step }) => step)
      expect(totalOf(postAll(list, shuffled))).toBe(totalOf(postAll(list, steps)))
      expect(totalOf(postAll(list, [steps.flat()]))).toBe(totalOf(postAll(list, steps)))
    }),
    { numRuns: 200 },
  )
})

test('cutting windows in two changes no sum', () => {
  fc.assert(
    fc.property(prices, fc.array(usage, { maxLength: 12 }), fc.nat(100), (list, all, share) => {
      const whole = windowsOf(all)
      const halves = whole.flatMap((window) => halvesOf(window, share))
      const cut = decide({ ...account(list), measured: halves, posted: [] })
      expect(totalOf(cut)).toBe(totalOf(decide({ ...account(list), measured: whole, posted: [] })))
    }),
    { numRuns: 200 },
  )
})

test('every entry explains itself: its parts add up to it, and it to the account', () => {
  fc.assert(
    fc.property(prices, readings, (list, steps) => {
      for (const entry of postAll(list, steps)) {
        expect(EntryDraft.parse(entry)).toEqual(entry)
        expect(amountOf(entry.parts)).toBe(entry.amount)
        expect(sum(entry.parts.map(({ quantity }) => quantity))).toBe(entry.quantity)
        expect(subtractDecimals(entry.cumulative.after, entry.cumulative.before)).toBe(entry.quantity)
        if (entry.exempt) expect(entry.amount).toBe('0')
      }
    }),
    { numRuns: 200 },
  )
})

test('under other prices the entries add up to what those say, and stay there', () => {
  fc.assert(
    fc.property(prices, prices, readings, fc.array(usage, { maxLength: 5 }), (old, fresh, steps, late) => {
      const ledger = postAll(old, steps)
      const all = [...steps.flat(), ...late]
      const repriced = decide({
        ...account(fresh),
        ratedBy: old,
        measured: windowsOf(all),
        posted: ledgerOf(ledger),
      })
      const after = [...ledger, ...repriced]
      expect(totalOf(after)).toBe(priceOf(fresh, all))
      expect(decide({ ...account(fresh), measured: windowsOf(all), posted: ledgerOf(after) })).toEqual([])
      for (const { reason, measured } of repriced.filter(isRepriced))
        expect([reason, measured]).toEqual(['repriced', []])
    }),
    { numRuns: 200 },
  )
})

test('each account stands for itself, and drafts come in one order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(prices, readings), { minLength: 1, maxLength: 4 }), (accounts) => {
      const usages = accounts.map(([list, steps], index): AccountUsage => {
        const of = account(list)
        const appId = `app-${index}`
        return { ...of, account: { ...of.account, appId }, measured: windowsOf(steps.flat()), posted: [] }
      })
      const together = decide(...usages)
      expect([...together].sort(byPlace)).toEqual(together)
      expect(together).toHaveLength(usages.reduce((count, one) => count + decide(one).length, 0))
      for (const one of usages) expect(together.filter(({ app }) => app === one.account.appId)).toEqual(decide(one))
      expect(decide(...usages.toReversed())).toEqual(together)
    }),
    { numRuns: 100 },
  )
})

function decide(...accounts: AccountUsage[]): PostingDraft[] {
  return decidePostings({ facts: FACTS, accounts })
}

function account(list: readonly PriceVersion[]): Pick<AccountUsage, 'account' | 'timeline'> {
  const account = { spaceId: 'space-1', appId: 'app-1', capabilityKey: 'c', unit: 'piece', period: JULY }
  return { account, timeline: list }
}

/** Settles after each reading, all that is known by then; every other time only what the reading touched. */
function postAll(list: readonly PriceVersion[], steps: readonly Usage[][]): PostingDraft[] {
  const ledger: PostingDraft[] = []
  for (const [index, step] of steps.entries()) {
    const isPartial = index % 2 === 1
    const known = windowsOf(steps.slice(0, index + 1).flat())
    const touched = allWindowsOf(step).map(
      (window) => known.find((one) => placeOf(one) === placeOf(window)) ?? emptied(window),
    )
    const measured = isPartial ? touched : known
    ledger.push(...decide({ ...account(list), measured, posted: ledgerOf(ledger), isPartial }))
  }
  return ledger
}

/** The plain model: all usage of each price's time as one exact quotient, priced once. */
function priceOf(list: readonly PriceVersion[], all: readonly Usage[]): string {
  return amountOf(decompose(segmentUsage({ timeline: list, period: JULY, slices: quantitiesOf(list, all) })))
}

function quantitiesOf(list: readonly PriceVersion[], all: readonly Usage[]): { at: bigint; quantity: string }[] {
  const stretches = segmentUsage({ timeline: list, period: JULY, slices: [] }).map(({ price }) => price)
  const starts = [JULY.start, ...list.flatMap(({ from, to }) => [from, to ?? JULY.end])]
    .filter((at, index, sorted) => at >= JULY.start && at < JULY.end && sorted.indexOf(at) === index)
    .sort((a, b) => (a < b ? -1 : 1))
  expect(stretches).toHaveLength(starts.length)
  return starts.map((at, index) => {
    const end = starts[index + 1] ?? JULY.end
    const within = all.filter(({ hour, isExempt }) => !isExempt && at <= julyHour(hour) && julyHour(hour) < end)
    return { at, quantity: formatRatio(within.map(quotientOf).reduce(addRatios, ratioOf('0'))) }
  })
}

function quotientOf({ meter, base }: Usage): Ratio {
  return divideRatios(ratioOf(String(base)), ratioOf(METERS[meter]?.divisor ?? ''))
}

function isRepriced(draft: PostingDraft): draft is Extract<PostingDraft, { kind: 'adjustment' }> {
  return draft.kind === 'adjustment' && draft.reason === 'repriced'
}

function sum(texts: readonly string[]): string {
  return texts.reduce(addDecimals, '0')
}

function byPlace(a: PostingDraft, b: PostingDraft): number {
  const [x, y] = [a, b].map(({ window, app, environment, exempt, capability }) => [
    window.start,
    app,
    environment,
    String(exempt),
    capability,
  ])
  return JSON.stringify(x) < JSON.stringify(y) ? -1 : JSON.stringify(x) > JSON.stringify(y) ? 1 : 0
}
