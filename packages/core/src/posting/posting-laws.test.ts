import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDecimals, subtractDecimals } from '../kernel/index.ts'
import { EntryDraft } from '../ledger/index.ts'
import { amountOf, decompose, type PriceVersion, segmentUsage } from '../rating/index.ts'
import { JULY, julyHour, timeline } from '../rating/test-prices.ts'
import { addRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '../window/index.ts'
import { type AccountUsage, decidePostings, type MeasuredWindow, type PostingDraft } from './index.ts'
import { FACTS, ledgerOf, totalOf } from './test-account.ts'

/** One event's worth: so much more, or less, of an hour, measured by one version of a meter. */
interface Usage {
  hour: number
  environment: string
  isExempt: boolean
  meter: number
  base: number
}

const METERS = [
  { meter: 'm', version: 1, divisor: '1' },
  { meter: 'm', version: 2, divisor: '3' },
  { meter: 'n', version: 1, divisor: '1024' },
  { meter: 'n', version: 2, divisor: '25200000000' },
] as const

const usage: fc.Arbitrary<Usage> = fc.record({
  hour: fc.oneof(fc.nat(6), fc.nat(743)),
  environment: fc.constantFrom('production', 'staging', 'development'),
  isExempt: fc.nat(3).map((draw) => draw === 0),
  meter: fc.nat(METERS.length - 1),
  base: fc.oneof(fc.integer({ min: -60, max: 200 }), fc.nat(900_000)),
})

/** What comes between one settlement and the next: anything may come late, and anything from before may be cancelled. */
const readings = fc
  .array(fc.record({ news: fc.array(usage, { maxLength: 8 }), cancelled: fc.array(fc.nat(), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((steps) => {
    const before: Usage[] = []
    return steps.map(({ news, cancelled }) => {
      const picked = new Set(before.length === 0 ? [] : cancelled.map((draw) => draw % before.length))
      const undone = [...picked].flatMap((at) => before.splice(at, 1, nothingOf(before[at])).map(negated))
      before.push(...news)
      return [...news, ...undone]
    })
  })

function negated(one: Usage): Usage {
  return { ...one, base: -one.base }
}

/** In the place of what was cancelled: it is not cancelled twice. */
function nothingOf(one: Usage | undefined): Usage {
  return { hour: 0, environment: 'production', isExempt: false, meter: 0, ...one, base: 0 }
}

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

/** A window of which nothing is left is not among what is measured. */
function windowsOf(all: readonly Usage[]): MeasuredWindow[] {
  return allWindowsOf(all).filter(({ measured }) => measured.some(({ base }) => base !== '0'))
}

function emptied(window: MeasuredWindow): MeasuredWindow {
  return { ...window, measured: [], entitlements: [] }
}

function allWindowsOf(all: readonly Usage[]): MeasuredWindow[] {
  const windows = new Map<string, MeasuredWindow>()
  for (const { hour, environment, isExempt, meter, base } of all) {
    const window = { start: julyHour(hour), end: julyHour(hour + 1) }
    const place = { environment, isExempt, window }
    const known = windows.get(placeOf(place)) ?? { ...place, measured: [], entitlements: ['g'] }
    const of = METERS[meter] as (typeof METERS)[number]
    const before = known.measured.find((one) => one.meter === of.meter && one.version === of.version)
    const others = known.measured.filter((one) => one !== before)
    const measured = [...others, { ...of, base: addDecimals(before?.base ?? '0', String(base)) }]
    windows.set(placeOf(place), { ...known, measured })
  }
  return [...windows.values()]
}

function placeOf({
  environment,
  isExempt,
  window,
}: Pick<MeasuredWindow, 'environment' | 'isExempt' | 'window'>): string {
  return `${window.start} ${isExempt} ${environment}`
}

function halvesOf(window: MeasuredWindow, share: number): MeasuredWindow[] {
  const { start, end } = window.window
  const middle = (start + end) / 2n
  const first = window.measured.map((one) => ({ ...one, base: String(share) }))
  const rest = window.measured.map((one) => ({ ...one, base: subtractDecimals(one.base, String(share)) }))
  return [
    { ...window, window: { start, end: middle }, measured: first },
    { ...window, window: { start: middle, end }, measured: rest },
  ]
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
