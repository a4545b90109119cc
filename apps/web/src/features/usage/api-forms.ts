import type { CopyForm } from './copy-link.tsx'
import type { PeriodView } from './usage-view.ts'
import type { ViewAddress } from './view-address.ts'

/** What the public API cuts usage into; finer and coarser is put together by whoever asks. */
const WINDOW_SIZES = {
  minute: 'MINUTE',
  quarter: 'MINUTE',
  hour: 'HOUR',
  day: 'DAY',
  week: 'DAY',
  month: 'MONTH',
} as const

/**
 * One meter of this view as questions of the public API: the same range, zone and windows. The key is a
 * placeholder: what the answer covers is decided by the key.
 */
export function apiForms(input: { meter: string; period: PeriodView; address: ViewAddress; app?: string }): CopyForm[] {
  const { meter, period } = input
  const question = {
    from: period.from,
    to: period.to,
    windowSize: WINDOW_SIZES[period.granularity],
    windowTimeZone: period.zone,
    ...(own(input.address).length > 0 && { groupBy: own(input.address) }),
  }
  const origin = typeof window === 'undefined' ? '' : window.location.origin
  const url = `${origin}/api/v1/meters/${encodeURIComponent(meter)}/query`
  const body = JSON.stringify(question)
  return [
    {
      name: 'curl',
      text: `curl -s '${url}' -H "authorization: Bearer $METERBOOK_KEY" -H 'content-type: application/json' -d '${body.replaceAll("'", `'\\''`)}'`,
    },
    { name: 'JSON question', text: JSON.stringify({ meter, ...question }, null, 2) },
  ]
}

/** Dimensions of the meter's own, by the names that the API knows. */
function own({ by }: ViewAddress): string[] {
  return by.flatMap((dimension) => (dimension.startsWith('d.') ? [dimension.slice(2)] : []))
}
