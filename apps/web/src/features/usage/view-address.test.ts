import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RANGES, readAddress, type ViewAddress, writeAddress } from './view-address.ts'

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const local = fc.constantFrom('2026-11-01', '2026-11-02T14:30', '2026-10-31T00:00')

const addresses: fc.Arbitrary<ViewAddress> = fc
  .record({
    range: fc.constantFrom(...RANGES),
    month: fc.constantFrom('2026-10', '2026-11'),
    from: local,
    to: local,
    granularity: fc.constantFrom('auto', 'minute', 'hour', 'day'),
    zone: optional(fc.constantFrom('Asia/Kolkata', 'UTC', 'Etc/GMT+5')),
    environment: optional(fc.constantFrom('production', 'eu-west.staging')),
    meter: optional(fc.constantFrom('functions_duration', 'requests')),
    by: fc.constantFrom('all', 'app'),
    view: fc.constantFrom('chart', 'table'),
  })
  .map(({ month, from, to, ...rest }) => ({
    ...rest,
    month: rest.range === 'month' ? month : undefined,
    from: rest.range === 'custom' ? from : undefined,
    to: rest.range === 'custom' ? to : undefined,
  })) as fc.Arbitrary<ViewAddress>

const paramsOf = (query: string) => Object.fromEntries(new URLSearchParams(query))

describe('view address', () => {
  it('a link opens the view it was copied from', () => {
    fc.assert(
      fc.property(addresses, fc.constantFrom(...RANGES.filter((range) => range !== 'custom')), (address, fallback) => {
        expect(readAddress(paramsOf(writeAddress(address, fallback)), fallback)).toEqual(address)
      }),
    )
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
