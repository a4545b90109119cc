// Numbers and instants as words: the only place where a quantity, a time or a change becomes text.
// Promises: exact decimal texts go in, and no digit is lost unless the name says so; every instant is shown in a stated zone.
// Does not know: what a figure means.

const LOCALE = 'en-GB'
const MINUS = '\u2212'
const NARROW_NO_BREAK = '\u202f'

/** Intl takes decimal texts exactly; TypeScript's word for such a text is narrower than ours. */
const asNumeric = (text: string) => text as unknown as number

const memo = <T>(make: (key: string) => T) => {
  const made = new Map<string, T>()
  return (key: string): T => {
    const found = made.get(key) ?? make(key)
    made.set(key, found)
    return found
  }
}

const numberFormat = memo(
  (digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: 0, maximumFractionDigits: Number(digits) }),
)
const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

/** A headline: whole numbers from 1,000 up, otherwise four significant digits. Rounded; the exact digits stand beside it. */
export function formatQuantity(text: string): string {
  return formatColumn(text, Math.min(digitsFor(Math.abs(Number(text))), text.split('.')[1]?.length ?? 0))
}

/** Every figure of a column with the same number of fraction digits, so that points stand below each other. */
export function formatColumn(text: string, fractionDigits: number): string {
  const format = columnFormat(String(fractionDigits))
  return withMinus(format.format(asNumeric(text)))
}
const columnFormat = memo(
  (digits) =>
    new Intl.NumberFormat('en-US', { minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) }),
)

/** How many fraction digits a column of these needs for its largest figure to show four significant digits; 0 if all are whole. */
export function columnDigits(texts: readonly (string | null)[]): number {
  const known = texts.filter((text) => text !== null)
  const digits = digitsFor(Math.max(0, ...known.map((text) => Math.abs(Number(text)))))
  return Math.min(digits, Math.max(0, ...known.map((text) => text.split('.')[1]?.length ?? 0)))
}

function digitsFor(size: number): number {
  if (size >= 1000 || size === 0) return 0
  return size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : smallDigits(size)
}

function smallDigits(size: number): number {
  return Math.min(20, 3 - Math.floor(Math.log10(size)))
}

/** Integer part grouped by commas, every fraction digit kept. */
export function formatExact(text: string): string {
  const fraction = text.split('.')[1]?.length ?? 0
  return withMinus(numberFormat(String(Math.min(fraction, 100))).format(asNumeric(text)))
}

const LONG_FRACTION_MAX = 12

/** formatExact, but a fraction that goes on beyond twelve digits ends in an ellipsis: for tooltips, where a third would fill the screen. */
export function formatLong(text: string): string {
  const [whole = '', fraction = ''] = text.split('.')
  if (fraction.length <= LONG_FRACTION_MAX) return formatExact(text)
  return `${formatExact(`${whole}.${fraction.slice(0, LONG_FRACTION_MAX)}`)}…`
}

const BILLED_DIGITS = 4

/** A quantity on a statement: up to four decimals, as many as it takes where it is smaller. The exact digits stand beside it. */
export function formatBilled(text: string): string {
  const digits = Math.max(BILLED_DIGITS, digitsFor(Math.abs(Number(text))))
  return withMinus(numberFormat(String(digits)).format(asNumeric(text)))
}

/** Money for reading: half to even at the currency's digits. It is not what is added up: the exact amount stands beside it. */
export function formatMoney(text: string, currency: string): string {
  return withMinus(moneyFormat(currency).format(asNumeric(text)))
}

/** The same, with a plus sign where it is more: a correction, a discount. */
export function formatMoneyChange(text: string, currency: string): string {
  const shown = formatMoney(text, currency)
  return Number(text) > 0 ? `+${shown}` : shown
}

/** A sum to be paid: the currency's digits at least, and none of its own lost. */
export function formatPayable(text: string, currency: string): string {
  const own = text.split('.')[1]?.length ?? 0
  return formatColumn(text, Math.max(own, minorDigits(currency)))
}
const moneyFormat = memo((currency) => {
  const digits = minorDigits(currency)
  return new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    roundingMode: 'halfEven',
    signDisplay: 'negative',
  })
})
/** A sum of which only the size is known: without minor units from a hundred up. */
export function formatRough(text: string, currency: string): string {
  return formatColumn(text, Math.abs(Number(text)) >= 100 ? 0 : minorDigits(currency))
}

/** Money that may be less than the smallest coin: then as many digits as it takes to see it. */
export function formatSmallMoney(text: string, currency: string): string {
  const size = Math.abs(Number(text))
  if (size === 0 || size >= 10 ** -minorDigits(currency)) return formatMoney(text, currency)
  return withMinus(numberFormat(String(smallDigits(size) - 2)).format(asNumeric(text)))
}

const minorDigits = memo(
  (currency) =>
    new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2,
)

/** Axis labels: 400k, 1.5M. */
export function formatTick(value: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) < 1) return String(Number(value.toPrecision(3)))
  return compactFormat.format(value).replace('K', 'k')
}

export function formatCount(text: string): string {
  return withMinus(numberFormat('0').format(asNumeric(text)))
}

/** A rate as people say it: `40 a minute`, `12 an hour`. */
export function formatPerMinute(rate: number): string {
  if (rate >= 10) return `${formatCount(String(Math.round(rate)))} a minute`
  if (rate >= 1) return `${columnFormat('1').format(rate)} a minute`
  return `${formatCount(String(Math.max(1, Math.round(rate * 60))))} an hour`
}

/** `+1,234.5`, `−3`, `0`. */
export function formatDifference(text: string, fractionDigits: number): string {
  const shown = formatColumn(text, fractionDigits)
  return Number(text) > 0 ? `+${shown}` : shown
}

/** `+21.8 %`, from a percent with its sign. */
export function formatPercent(text: string, isSigned: boolean): string {
  const size = Math.abs(Number(text))
  const shown =
    size >= 10_000
      ? `${compactFormat.format(size).replace('K', 'k')}`
      : columnFormat(size >= 1000 ? '0' : '1').format(size)
  const sign = text.startsWith('-') ? MINUS : isSigned && size > 0 ? '+' : ''
  return `${sign}${shown}${NARROW_NO_BREAK}%`
}

function withMinus(text: string): string {
  return text.replace('-', MINUS)
}

const dateFormats: Record<string, Intl.DateTimeFormatOptions> = {
  day: { day: 'numeric', month: 'short' },
  dayOnly: { day: 'numeric' },
  weekday: { weekday: 'short', day: 'numeric', month: 'short' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  monthName: { month: 'long' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  parts: { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
}
const dateFormat = memo((key) => {
  const [kind = 'date', ...zone] = key.split(' ')
  return new Intl.DateTimeFormat(LOCALE, { ...dateFormats[kind], timeZone: zone.join(' ') })
})
const inZone = (kind: string, iso: string, zone: string) => dateFormat(`${kind} ${zone}`).format(new Date(iso))

export const formatDay = (iso: string, zone: string) => inZone('day', iso, zone)
export const formatDayOnly = (iso: string, zone: string) => inZone('dayOnly', iso, zone)
export const formatDate = (iso: string, zone: string) => inZone('date', iso, zone)
export const formatMonthName = (iso: string, zone: string) => inZone('monthName', iso, zone)
export const formatMonth = (iso: string, zone: string) => inZone('month', iso, zone)
export const formatTime = (iso: string, zone: string) => inZone('time', iso, zone)
export const formatClock = (iso: string, zone: string) => inZone('clock', iso, zone)

/** An instant to the minute: `3 Nov 2026, 00:00`. */
export const formatMoment = (iso: string, zone: string) => `${formatDate(iso, zone)}, ${formatTime(iso, zone)}`

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g

/** A sentence of the server's, its instants as people read them. */
export const formatInstants = (words: string, zone: string) => words.replace(INSTANT, (iso) => formatMoment(iso, zone))

/** `a day`, `a quarter of an hour`: what a figure of one window is of. */
export function formatGranularity(granularity: string): string {
  return granularity === 'quarter' ? 'a quarter of an hour' : granularity === 'hour' ? 'an hour' : `a ${granularity}`
}

/** One window in words: `14:03`, `Sun 22 Nov, 14:00 to 15:00`, `Sun 22 Nov`, `Week of 16 Nov`, `Nov 2026`. */
export function formatWindow(
  window: { start: string; end: string },
  granularity: 'minute' | 'quarter' | 'hour' | 'day' | 'week' | 'month',
  zone: string,
): string {
  const day = inZone('weekday', window.start, zone)
  if (granularity === 'day') return day
  if (granularity === 'month') return formatMonth(window.start, zone)
  if (granularity === 'week') return `Week of ${formatDay(window.start, zone)}`
  const start = formatTime(window.start, zone)
  return granularity === 'minute' ? `${day}, ${start}` : `${day}, ${start} to ${formatTime(window.end, zone)}`
}

/** A half-open range in words: `1 to 30 Nov 2026`, `22 Nov 13:03 to 14:03`. Whole days are named by their last day. */
export function formatRange(range: { from: string; to: string }, zone: string): string {
  const lastInstant = new Date(Date.parse(range.to) - 1).toISOString()
  const isWhole = [range.from, range.to].every((edge) => formatTime(edge, zone) === '00:00')
  if (isWhole) {
    const [first, last] = [formatDate(range.from, zone), formatDate(lastInstant, zone)]
    if (first === last) return first
    if (formatMonth(range.from, zone) === formatMonth(lastInstant, zone))
      return `${formatDayOnly(range.from, zone)}\u2013${last}`
    const isOneYear = first.slice(-4) === last.slice(-4)
    return `${isOneYear ? formatDay(range.from, zone) : first} \u2013 ${last}`
  }
  const isOneDay = formatDate(range.from, zone) === formatDate(lastInstant, zone)
  const start = `${formatDay(range.from, zone)} ${formatTime(range.from, zone)}`
  return `${start} \u2013 ${isOneDay ? '' : `${formatDay(range.to, zone)} `}${formatTime(range.to, zone)}`
}

/** `3 s`, `4 min`, `2 h 5 min`, `3 d 2 h`; never finer than a second. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`
  return hours % 24 ? `${Math.floor(hours / 24)} d ${hours % 24} h` : `${Math.floor(hours / 24)} d`
}

/** What a `datetime-local` field holds for this instant in this zone: `2026-11-22T14:03`. */
export function formatLocal(iso: string, zone: string): string {
  const parts = new Map(
    dateFormat(`parts ${zone}`)
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type, value]),
  )
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}T${parts.get('hour')}:${parts.get('minute')}`
}

/** Words for the ways an event is held back; an unknown code is shown as it is, in words of its own letters. */
export function formatReason(code: string): string {
  const text = code.replaceAll(/[_-]+/g, ' ').toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** IANA names without underscores: `America/New York`. */
export function formatZone(zone: string): string {
  return zone.replaceAll('_', ' ')
}

/** `1 GB-second`, otherwise `GB-seconds`; symbols such as GB have no plural. */
export function formatUnit(unit: string, quantity?: string | null): string {
  const isWord = /[a-z]{3,}$/.test(unit)
  return isWord && !unit.endsWith('s') && quantity !== '1' ? `${unit}s` : unit
}

/** A meter's formula with its long numbers in groups: `sum of bytes, ÷ 1,073,741,824`. */
export function formatFormula(formula: string): string {
  return formula.replace(/(?<![\d.])\d{5,}(?![\d.])/g, formatCount)
}
