import fc from 'fast-check'
import { addDecimals, subtractDecimals } from '../kernel/index.ts'
import { julyHour } from '../rating/test-prices.ts'
import type { MeasuredWindow } from './account.ts'

/** One event's worth: so much more, or less, of an hour, measured by one version of a meter. */
export interface Usage {
  hour: number
  environment: string
  isExempt: boolean
  meter: number
  base: number
}

export const METERS = [
  { meter: 'm', version: 1, divisor: '1' },
  { meter: 'm', version: 2, divisor: '3' },
  { meter: 'n', version: 1, divisor: '1024' },
  { meter: 'n', version: 2, divisor: '25200000000' },
] as const

export const usage: fc.Arbitrary<Usage> = fc.record({
  hour: fc.oneof(fc.nat(6), fc.nat(743)),
  environment: fc.constantFrom('production', 'staging', 'development'),
  isExempt: fc.nat(3).map((draw) => draw === 0),
  meter: fc.nat(METERS.length - 1),
  base: fc.oneof(fc.integer({ min: -60, max: 200 }), fc.nat(900_000)),
})

/** What comes between one settlement and the next: anything may come late, and anything from before may be cancelled. */
export const readings = fc
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

/** A window of which nothing is left is not among what is measured. */
export function windowsOf(all: readonly Usage[]): MeasuredWindow[] {
  return allWindowsOf(all).filter(({ measured }) => measured.some(({ base }) => base !== '0'))
}

export function emptied(window: MeasuredWindow): MeasuredWindow {
  return { ...window, measured: [], entitlements: [] }
}

export function allWindowsOf(all: readonly Usage[]): MeasuredWindow[] {
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

export function placeOf({
  environment,
  isExempt,
  window,
}: Pick<MeasuredWindow, 'environment' | 'isExempt' | 'window'>): string {
  return `${window.start} ${isExempt} ${environment}`
}

export function halvesOf(window: MeasuredWindow, share: number): MeasuredWindow[] {
  const { start, end } = window.window
  const middle = (start + end) / 2n
  const first = window.measured.map((one) => ({ ...one, base: String(share) }))
  const rest = window.measured.map((one) => ({ ...one, base: subtractDecimals(one.base, String(share)) }))
  return [
    { ...window, window: { start, end: middle }, measured: first },
    { ...window, window: { start: middle, end }, measured: rest },
  ]
}
