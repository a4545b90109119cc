import { type Instant, QUANTITY_SCALE } from '../kernel/index.ts'
import { type PriceVersion, scaledOf } from '../rating/index.ts'
import { offsetSecondsAt, type Window } from '../window/index.ts'

/** What one account used, day by day. Exempt usage is not in it: it costs nothing and uses up no allowance. */
export interface AccountDays {
  appId: string
  capabilityKey: string
  /** the prices in force for the space, see priceTimeline */
  timeline: readonly PriceVersion[]
  /** one decimal text for each day, in the capability's unit; negative where more was taken back than used */
  quantities: readonly string[]
}

/** Usage up to an instant: `days` are days of the zone, contiguous and ascending; the last may still run at `asOf`. */
export interface UsageDays {
  zone: string
  asOf: Instant
  days: readonly Window[]
  accounts: readonly AccountDays[]
}

/** A day as the forecast counts: quantities are whole numbers at the scale of quantities. */
export interface Day extends Window {
  /** 0 is Sunday, by the zone's own calendar */
  weekday: number
}

export interface Account {
  appId: string
  capabilityKey: string
  timeline: readonly PriceVersion[]
  /** as given: what was taken back is taken back */
  net: readonly bigint[]
  /** never below zero: what was taken back is no pace */
  used: readonly bigint[]
}

export function dayOf(window: Window, zone: string): Day {
  const second = Number(window.start / 1_000_000n)
  const local = Math.floor((second + offsetSecondsAt(second, zone)) / 86_400)
  // 1 January 1970 was a Thursday
  return { ...window, weekday: (((local + 4) % 7) + 7) % 7 }
}

export function accountOf({ quantities, ...account }: AccountDays): Account {
  const net = quantities.map((text) => scaledOf(text, QUANTITY_SCALE))
  return { ...account, net, used: net.map((quantity) => (quantity > 0n ? quantity : 0n)) }
}
