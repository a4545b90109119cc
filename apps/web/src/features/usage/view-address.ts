import type { Granularity } from './usage-view.ts'

export const RANGES = ['1h', '24h', '7d', '30d', 'month', 'custom'] as const
export type Range = (typeof RANGES)[number]

export type ViewAddress = {
  range: Range
  /** `YYYY-MM`, for range month; absent: the month that is now. */
  month?: string
  /** Local times of the display zone, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, from inclusive, to exclusive; for range custom. */
  from?: string
  to?: string
  granularity: Granularity | 'auto'
  /** IANA name; absent: the space's billing zone. */
  zone?: string
  environment?: string
  meter?: string
  by: 'all' | 'app'
  view: 'chart' | 'table'
}

type Params = Record<string, string | string[] | undefined>

const LOCAL = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d)?$/
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/
const NAME = /^[\w.:/+-]{1,100}$/

/** Reads a page's address. What it cannot read falls back to the page's default, so that an old link still opens. */
export function readAddress(params: Params, defaultRange: Range): ViewAddress {
  const one = (key: string): string | undefined => {
    const value = params[key]
    return Array.isArray(value) ? value[0] : value
  }
  const matching = (key: string, pattern: RegExp): string | undefined => {
    const value = one(key)
    return value !== undefined && pattern.test(value) ? value : undefined
  }
  const among = <T extends string>(key: string, options: readonly T[], fallback: T): T =>
    options.find((option) => option === one(key)) ?? fallback
  const from = matching('from', LOCAL)
  const to = matching('to', LOCAL)
  const asked = among('range', RANGES, from && to ? 'custom' : defaultRange)
  return {
    range: asked === 'custom' && !(from && to) ? defaultRange : asked,
    month: matching('month', MONTH),
    from,
    to,
    granularity: among('g', ['auto', 'minute', 'hour', 'day'], 'auto'),
    zone: matching('tz', NAME),
    environment: matching('env', NAME),
    meter: matching('m', NAME),
    by: among('by', ['all', 'app'], 'all'),
    view: among('view', ['chart', 'table'], 'chart'),
  }
}

/** The query string of an address, without what is default; begins with `?`, or is empty. Keys stand in one order. */
export function writeAddress(address: ViewAddress, defaultRange: Range): string {
  const params = new URLSearchParams()
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) params.set(key, value)
  }
  if (address.range !== defaultRange) put('range', address.range)
  if (address.range === 'month') put('month', address.month)
  if (address.range === 'custom') {
    put('from', address.from)
    put('to', address.to)
  }
  if (address.granularity !== 'auto') put('g', address.granularity)
  put('tz', address.zone)
  put('env', address.environment)
  put('m', address.meter)
  if (address.by !== 'all') put('by', address.by)
  if (address.view !== 'chart') put('view', address.view)
  const text = params.toString()
  return text ? `?${text}` : ''
}
