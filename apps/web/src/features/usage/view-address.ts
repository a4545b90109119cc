import {
  type Dimension,
  FILTERS_MAX,
  readDimension,
  readFilter,
  type UsageFilter,
  writeFilter,
} from './usage-filter.ts'
import type { Granularity } from './usage-view.ts'

export const RANGES = ['1h', '24h', '7d', '30d', 'month', 'custom'] as const
export type Range = (typeof RANGES)[number]

export const GRANULARITIES = ['minute', 'quarter', 'hour', 'day', 'week', 'month'] as const satisfies Granularity[]

/** What a period is held against: as much of the one before, the same a week or a year ago, or nothing. */
export const COMPARES = ['prev', 'week', 'year', 'none'] as const
export type Compare = (typeof COMPARES)[number]

export const VIEWS = ['both', 'chart', 'table'] as const
export type ViewMode = (typeof VIEWS)[number]

/** `billable`: without what is never charged for (exempt and test usage); `raw`: everything measured. */
export const BASES = ['billable', 'raw'] as const
export type Basis = (typeof BASES)[number]

export const CHART_FORMS = ['lines', 'stacked'] as const
export type ChartForm = (typeof CHART_FORMS)[number]

export const BY_MAX = 2
export const PINS_MAX = 8

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
  /** A slug; absent: the page's own choice. */
  meter?: string
  /** Split by these, the first outermost; none: all together. At most BY_MAX. */
  by: Dimension[]
  /** All of them hold at once. */
  filters: UsageFilter[]
  compare: Compare
  view: ViewMode
  basis: Basis
  /** How a chart draws what can be stacked; absent: the page's own choice. */
  form?: ChartForm
  /** Keys of series that are drawn before all others. */
  pins?: string[]
  /** The id of a frozen view: the page as it was then, whatever has come since. */
  asOf?: string
}

/** What a page shows when its address says nothing. */
export type AddressDefaults = { range: Range; by?: readonly Dimension[]; view?: ViewMode; basis?: Basis }

/** What the explorers show when their addresses say nothing. */
export const EXPLORERS = {
  usage: { range: 'month', by: ['app', 'environment'], view: 'both' },
  cost: { range: 'month', by: ['app', 'capability'], view: 'both' },
} as const satisfies Record<string, AddressDefaults>

export type Params = Record<string, string | string[] | undefined>

export const LOCAL = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d)?$/
export const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/
const NAME = /^[\w.:/+-]{1,100}$/
const FROZEN = /^[\w-]{1,64}$/

/** Reads a page's address. What it cannot read falls back to the page's default, so that an old link still opens. */
export function readAddress(params: Params, defaults: Range | AddressDefaults): ViewAddress {
  const { range, by, view, basis } = filled(defaults)
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
  const asked = among('range', RANGES, from && to ? 'custom' : range)
  const found = asked === 'custom' && !(from && to) ? range : asked
  const isCustom = found === 'custom'
  return {
    range: found,
    month: found === 'month' ? matching('month', MONTH) : undefined,
    from: isCustom ? from : undefined,
    to: isCustom ? to : undefined,
    granularity: among('g', ['auto', ...GRANULARITIES], 'auto'),
    zone: matching('tz', NAME),
    meter: matching('m', NAME),
    by: readBy(one('by')) ?? [...by],
    filters: readFilters(params, matching('env', NAME)),
    compare: among('cmp', COMPARES, 'prev'),
    view: among('view', VIEWS, view),
    basis: among('basis', BASES, basis),
    form: CHART_FORMS.find((form) => form === one('form')),
    pins: readPins(params.pin),
    asOf: matching('asof', FROZEN),
  }
}

/** A query string as `readAddress` takes it. */
export function readSearch(search: string): Params {
  const params = new URLSearchParams(search)
  return Object.fromEntries([...new Set(params.keys())].map((key) => [key, params.getAll(key)]))
}

/** What an address asks of the server: how the answer is drawn is left out, so that it is not asked again for another drawing. */
export function questionOf(address: ViewAddress): ViewAddress {
  return { ...address, view: 'both', form: undefined, pins: undefined }
}

/** Money is of a month, of everything and of now; who asks for one meter, another stretch, a part of it or a frozen state is shown usage. */
export function isOfMoney({ range, meter, filters, asOf }: ViewAddress): boolean {
  return range === 'month' && meter === undefined && filters.length === 0 && asOf === undefined
}

/** The query string of an address, without what is default; begins with `?`, or is empty. Keys stand in one order. */
export function writeAddress(address: ViewAddress, defaults: Range | AddressDefaults): string {
  const { range, by, view, basis } = filled(defaults)
  const params = new URLSearchParams()
  const put = (key: string, value: string | undefined) => {
    if (value !== undefined) params.append(key, value)
  }
  const putUnless = (key: string, value: string, usual: string) => put(key, value === usual ? undefined : value)
  putUnless('range', address.range, range)
  if (address.range === 'month') put('month', address.month)
  if (address.range === 'custom') {
    put('from', address.from)
    put('to', address.to)
  }
  putUnless('g', address.granularity, 'auto')
  put('tz', address.zone)
  put('m', address.meter)
  putUnless('by', address.by.join() || 'all', by.join() || 'all')
  for (const filter of address.filters) put('f', writeFilter(filter))
  putUnless('cmp', address.compare, 'prev')
  putUnless('view', address.view, view)
  putUnless('basis', address.basis, basis)
  put('form', address.form)
  for (const pin of address.pins ?? []) put('pin', pin)
  put('asof', address.asOf)
  // a reader's eyes, and the bar of a browser, take these as they are
  const text = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/')
  return text ? `?${text}` : ''
}

/** Absent where none is named, so that an address without pins is as it always was. */
function readPins(value: string | string[] | undefined): string[] | undefined {
  const pins = [value ?? []].flat().filter((pin) => pin !== '' && pin.length <= 400)
  return pins.length > 0 ? pins.slice(0, PINS_MAX) : undefined
}

function filled(defaults: Range | AddressDefaults): Required<AddressDefaults> {
  const {
    range,
    by = [],
    view = 'chart',
    basis = 'billable',
  } = typeof defaults === 'string' ? { range: defaults } : defaults
  return { range, by, view, basis }
}

/** `all`, or up to BY_MAX dimensions with commas between. */
function readBy(text: string | undefined): Dimension[] | null {
  if (text === 'all') return []
  const names = text?.split(',') ?? []
  const found = names.flatMap((name) => readDimension(name) ?? [])
  const isWhole = found.length === names.length && new Set(found).size === found.length
  return found.length > 0 && found.length <= BY_MAX && isWhole ? found : null
}

/** `env=` is how links were written before there were filters. */
function readFilters(params: Params, environment: string | undefined): UsageFilter[] {
  const texts = [params.f ?? []].flat()
  const found = texts.slice(0, FILTERS_MAX).flatMap((text) => readFilter(text) ?? [])
  if (environment === undefined) return found
  return [...found, { dimension: 'environment' as const, operator: 'in' as const, values: [environment] }].slice(
    0,
    FILTERS_MAX,
  )
}
