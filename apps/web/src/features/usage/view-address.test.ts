import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DIMENSIONS, OPERATORS, readFilter, type UsageFilter, writeFilter } from './usage-filter.ts'
import {
  type AddressDefaults,
  BASES,
  COMPARES,
  GRANULARITIES,
  isOfMoney,
  questionOf,
  RANGES,
  readAddress,
  readSearch,
  VIEWS,
  type ViewAddress,
  writeAddress,
} from './view-address.ts'

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const local = fc.constantFrom('2026-11-01', '2026-11-02T14:30', '2026-10-31T00:00')

const dimensions = fc.constantFrom(...DIMENSIONS, 'd.model' as const, 'd.region.zone' as const)
/** Whatever a customer may have called an installation, commas, percents and scripts among it. */
const value = fc.oneof(
  fc.string({ maxLength: 30, unit: 'grapheme' }),
  fc.constantFrom('', ',', '%', '%2C', '%252C', 'a:b', '"><script>', 'eu-west,1'),
)
const filters: fc.Arbitrary<UsageFilter> = fc.record({
  dimension: dimensions,
  operator: fc.constantFrom(...OPERATORS),
  values: fc.uniqueArray(value, { minLength: 1, maxLength: 5 }),
})

const addresses: fc.Arbitrary<ViewAddress> = fc
  .record({
    range: fc.constantFrom(...RANGES),
    month: fc.constantFrom('2026-10', '2026-11'),
    from: local,
    to: local,
    granularity: fc.constantFrom('auto', ...GRANULARITIES),
    zone: optional(fc.constantFrom('Asia/Kolkata', 'UTC', 'Etc/GMT+5')),
    meter: optional(fc.constantFrom('functions_duration', 'requests')),
    by: fc.uniqueArray(dimensions, { maxLength: 2 }),
    filters: fc.array(filters, { maxLength: 4 }),
    compare: fc.constantFrom(...COMPARES),
    view: fc.constantFrom(...VIEWS),
    basis: fc.constantFrom(...BASES),
    asOf: optional(fc.constantFrom('01JD0ZK5Q8', '0f3c2d1e-0000-4000-8000-000000000000')),
  })
  .map(({ month, from, to, ...rest }) => ({
    ...rest,
    month: rest.range === 'month' ? month : undefined,
    from: rest.range === 'custom' ? from : undefined,
    to: rest.range === 'custom' ? to : undefined,
  })) as fc.Arbitrary<ViewAddress>

/** As Next hands them to a page: a key that stands once is a text, one that is repeated a list. */
function paramsOf(query: string) {
  const search = new URLSearchParams(query)
  return Object.fromEntries([...new Set(search.keys())].map((key) => [key, one(search.getAll(key))]))
}
const one = (values: string[]) => (values.length === 1 ? values[0] : values)

const defaults: fc.Arbitrary<AddressDefaults> = fc.record({
  range: fc.constantFrom(...RANGES.filter((range) => range !== 'custom')),
  by: fc.constantFrom([], ['app'] as const, ['app', 'environment'] as const),
  view: fc.constantFrom(...VIEWS),
})

describe('view address', () => {
  it('a link opens the view it was copied from, whatever its page shows by default', () => {
    fc.assert(
      fc.property(addresses, defaults, (address, usual) => {
        const query = writeAddress(address, usual)
        // on the server, and in the browser
        expect(readAddress(paramsOf(query), usual)).toEqual(address)
        expect(readAddress(readSearch(query), usual)).toEqual(address)
      }),
    )
  })
  it('how figures are drawn does not change what is asked', () => {
    fc.assert(
      fc.property(addresses, fc.constantFrom(...VIEWS), (address, view) => {
        const drawn: ViewAddress = { ...address, view, form: 'stacked', pins: ['one'] }
        expect(questionOf(drawn)).toEqual(questionOf(address))
        expect(isOfMoney(drawn)).toBe(isOfMoney(address))
      }),
    )
  })
  it('a filter is read as it was written', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(readFilter(writeFilter(filter))).toEqual(filter)
      }),
    )
  })
  it('links from before there were filters still open what they showed', () => {
    const address = readAddress({ env: 'staging', by: 'app', g: 'hour', m: 'requests', view: 'table' }, '24h')
    expect(address).toMatchObject({ by: ['app'], granularity: 'hour', meter: 'requests', view: 'table' })
    expect(address.filters).toEqual([{ dimension: 'environment', operator: 'in', values: ['staging'] }])
    expect(readAddress({ by: 'all' }, { range: '24h', by: ['app'] }).by).toEqual([])
  })
  it('a filter or a split that is none is left out, one beyond the bounds too', () => {
    const many = Array.from({ length: 60 }, (_, index) => `v${index}`).join()
    const address = readAddress({ f: ['colour:in:a', 'app:like:a', 'app', `app:in:${many}`], by: 'app,app' }, '24h')
    expect(address).toMatchObject({ filters: [], by: [] })
  })
  it('the default view has a bare address', () => {
    expect(writeAddress(readAddress({}, '24h'), '24h')).toBe('')
  })
  it('an address that cannot be read opens the default, and carries nothing on', () => {
    const broken = {
      range: 'for ever',
      month: '2026-13',
      from: '1 Nov',
      tz: '"><script>',
      env: ' ',
      m: ['a b'],
      g: 'second',
    }
    expect(writeAddress(readAddress(broken, '24h'), '24h')).toBe('')
  })
  it('a custom range without both ends is no range', () => {
    expect(readAddress({ range: 'custom', from: '2026-11-01' }, '7d').range).toBe('7d')
  })
})
