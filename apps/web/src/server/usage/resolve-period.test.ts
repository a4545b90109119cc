import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GRANULARITIES, readAddress } from '../../features/usage/view-address.ts'
import { POINTS_MAX, resolvePeriod, zonedInstant } from './resolve-period.ts'

const at = (iso: string) => BigInt(Date.parse(iso)) * 1000n
const iso = (instant: bigint) => new Date(Number(instant / 1000n)).toISOString().replace('.000Z', 'Z')
const now = at('2026-11-22T14:02:31Z')
const period = (params: Record<string, string>, billingZone = 'UTC') =>
  resolvePeriod({ address: readAddress(params, '24h'), now, billingZone })

describe('resolve period', () => {
  it('the last hour is sixty minutes, the one around now the last', () => {
    const { from, to, windows } = period({ range: '1h' })
    expect([iso(from), iso(to), windows.length]).toEqual(['2026-11-22T13:03:00Z', '2026-11-22T14:03:00Z', 60])
  })
  it('the last seven days are whole days of the zone shown', () => {
    const { from, to, windows } = period({ range: '7d', g: 'day', tz: 'Asia/Kolkata' })
    expect([iso(from), iso(to), windows.length]).toEqual(['2026-11-15T18:30:00Z', '2026-11-22T18:30:00Z', 7])
  })
  it('a month is compared with as much of the one before as has elapsed', () => {
    const { previous } = period({ range: 'month' })
    expect([iso(previous.from), iso(previous.to)]).toEqual(['2026-10-01T00:00:00Z', '2026-10-22T14:03:00Z'])
  })
  it('a month that is over is compared with the whole month before', () => {
    const { previous } = period({ range: 'month', month: '2026-10' })
    expect([iso(previous.from), iso(previous.to)]).toEqual(['2026-09-01T00:00:00Z', '2026-10-01T00:00:00Z'])
  })
  it('a day is compared with the same day of the week before, where that is asked for', () => {
    const { previous } = period({ range: '24h', cmp: 'week' })
    expect([iso(previous.from), iso(previous.to)]).toEqual(['2026-11-14T15:00:00Z', '2026-11-15T14:03:00Z'])
  })
  it('a year ago is the same local date, whatever the clocks did since', () => {
    const { previous } = period({
      range: 'custom',
      from: '2026-03-30',
      to: '2026-04-02',
      cmp: 'year',
      tz: 'Europe/Budapest',
    })
    expect([iso(previous.from), iso(previous.to)]).toEqual(['2025-03-29T23:00:00Z', '2025-04-01T23:00:00Z'])
  })
  it('quarters of an hour, weeks and months are offered where they tell something', () => {
    expect(period({ range: '24h' }).granularities).toEqual(['quarter', 'hour', 'day'])
    expect(period({ range: 'custom', from: '2026-01-01', to: '2026-07-01' }).granularities).toEqual([
      'day',
      'week',
      'month',
    ])
    const weeks = period({ range: 'custom', from: '2026-11-02', to: '2026-11-16', g: 'week' }).windows
    expect(weeks.map(({ start }) => iso(start))).toEqual(['2026-11-02T00:00:00Z', '2026-11-09T00:00:00Z'])
  })
  it('March is not compared with more than February had', () => {
    const march = resolvePeriod({
      address: readAddress({ range: 'month' }, '24h'),
      now: at('2026-03-31T12:00:00Z'),
      billingZone: 'UTC',
    })
    expect(iso(march.previous.to)).toBe('2026-03-01T00:00:00Z')
  })
  it('a chart never has more points than a reader can tell apart', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1h', '24h', '7d', '30d', 'month'),
        fc.constantFrom('auto', ...GRANULARITIES),
        fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe'),
        fc.integer({ min: Date.parse('2024-01-01'), max: Date.parse('2028-01-01') }),
        (range, g, tz, ms) => {
          const found = resolvePeriod({
            address: readAddress({ range, g, tz }, '24h'),
            now: BigInt(ms) * 1000n,
            billingZone: 'UTC',
          })
          expect(found.windows.length).toBeLessThanOrEqual(POINTS_MAX + 2)
          expect(found.from <= BigInt(ms) * 1000n && BigInt(ms) * 1000n < found.to).toBe(true)
          expect(found.previous.to <= found.from).toBe(true)
        },
      ),
    )
  })
  it('ends in the wrong order, a year too far apart, or in a zone that is none, still open a page', () => {
    expect(period({ range: 'custom', from: '2026-11-02', to: '2026-11-01' }).windows).toHaveLength(24)
    expect(period({ range: 'custom', from: '2020-11-02', to: '2026-11-01' }).windows).toHaveLength(24)
    expect(period({ tz: 'Mars/Base' }, 'Europe/Budapest').zone).toBe('Europe/Budapest')
  })
  it('a local time means what the clocks of the zone showed', () => {
    expect(iso(zonedInstant('2026-11-01', 'Asia/Kolkata') ?? 0n)).toBe('2026-10-31T18:30:00Z')
    expect(iso(zonedInstant('2026-11-01T01:30', 'America/New_York') ?? 0n)).toBe('2026-11-01T05:30:00Z') // shown twice
    expect(iso(zonedInstant('2026-03-08T02:30', 'America/New_York') ?? 0n)).toBe('2026-03-08T07:30:00Z') // never shown
  })
})
