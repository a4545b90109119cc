import type { ClockReading } from './check-stores.ts'
import { type Finding, well, wrong } from './finding.ts'

/** Receipts are dated by web processes and windows closed by the watermark: a second does not matter, several do. */
const SKEW_MICROS_MAX = 2_000_000n

/** Each store's clock against ours: it must lie between question and answer, give or take two seconds. */
export function checkClocks(readings: readonly ClockReading[]): Finding {
  const skews = readings.map((reading) => ({ store: reading.store, skew: skewOf(reading) }))
  const off = skews.filter(({ skew }) => magnitude(skew) > SKEW_MICROS_MAX)
  if (off.length === 0) {
    return well('Clocks', `${skews.length} stores agree with this machine to within ${seconds(SKEW_MICROS_MAX)}`)
  }
  const words = off.map(
    ({ store, skew }) => `${store} is ${seconds(magnitude(skew))} ${skew > 0n ? 'ahead' : 'behind'}`,
  )
  const whose =
    off.length === readings.length && readings.length > 1 ? 'this machine' : off.map(({ store }) => store).join(' and ')
  return wrong(
    'Clocks',
    words.join(', '),
    `set the clock of ${whose} by NTP (\`timedatectl set-ntp true\`): times of receipt and watermarks are wrong meanwhile, amounts are not`,
  )
}

/** How far the store is ahead of ours, microseconds; 0 while it lies within the time that the question took. */
function skewOf({ at, askedAt, answeredAt }: ClockReading): bigint {
  if (at < askedAt) return at - askedAt
  return at > answeredAt ? at - answeredAt : 0n
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

function seconds(micros: bigint): string {
  return `${(Number(micros) / 1e6).toFixed(1)} s`
}
