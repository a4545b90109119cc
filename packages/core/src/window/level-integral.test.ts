import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addRatios, compareRatios, ratioOf, ZERO } from './exact-ratio.ts'
import { integrateLevels, type LevelSample } from './level-integral.ts'
import { windowsBetween } from './tumbling-window.ts'

const HOUR = 3_600_000_000n
const sample = (over: Partial<LevelSample> & Pick<LevelSample, 'at' | 'level'>): LevelSample => ({
  series: 'db',
  group: '',
  order: [0n],
  ...over,
})
const hours = (from: bigint, to: bigint) => windowsBetween(from, to, 'hour', 'UTC')
const samples = fc.array(
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('x', 'y'),
      fc.bigInt({ min: -5n * HOUR, max: 30n * HOUR }),
      fc.bigInt({ min: 0n, max: 3n }),
      fc.constantFrom('0', '1', '0.5', '1073741824', '0.000000000000000000000000000001'),
    )
    .map(([series, group, at, order, level]): LevelSample => ({ series, group, at, order: [order], level })),
  { maxLength: 30 },
)

describe('the integral of levels', () => {
  it('of hours adds up to that of the day: nothing is lost or doubled at an edge', () => {
    fc.assert(
      fc.property(samples, fc.bigInt({ min: 0n, max: 40n * HOUR }), (drawn, through) => {
        const [from, to] = [0n, 24n * HOUR]
        const total = (windows: { start: bigint; end: bigint }[]) => {
          const rows = integrateLevels(drawn, { from, to, through, windows })
          return {
            level: rows.map((row) => ratioOf(row.levelMicros)).reduce(addRatios, ZERO),
            count: rows.reduce((sum, row) => sum + row.count, 0),
          }
        }
        const [byHour, whole] = [total(hours(from, to)), total([{ start: from, end: to }])]
        expect(compareRatios(byHour.level, whole.level)).toBe(0)
        expect(byHour.count).toBe(whole.count)
      }),
    )
  })

  it('does not depend on the order in which samples come', () => {
    fc.assert(
      fc.property(samples, (drawn) => {
        const unique = [...new Map(drawn.map((one) => [`${one.series} ${one.at} ${one.order[0]}`, one])).values()]
        const bounds = { from: 0n, to: 24n * HOUR, through: 100n * HOUR, windows: hours(0n, 24n * HOUR) }
        expect(integrateLevels(unique.toReversed(), bounds)).toEqual(integrateLevels(unique, bounds))
      }),
    )
  })

  it('a level holds over empty windows until the next sample, and a level of 0 ends it with one last row', () => {
    const drawn = [sample({ at: HOUR / 2n, level: '2' }), sample({ at: 3n * HOUR, level: '0' })]
    const rows = integrateLevels(drawn, { from: 0n, to: 6n * HOUR, through: 6n * HOUR, windows: hours(0n, 6n * HOUR) })
    expect(rows.map((row) => [row.window.start / HOUR, row.levelMicros, row.count])).toEqual([
      [0n, String(HOUR), 1],
      [1n, String(2n * HOUR), 0],
      [2n, String(2n * HOUR), 0],
      [3n, '0', 1],
    ])
  })

  it('of two samples at one instant the later in the journal stands, and both are counted', () => {
    const drawn = [sample({ at: 0n, level: '9', order: [1n] }), sample({ at: 0n, level: '1', order: [2n] })]
    const rows = integrateLevels(drawn, { from: 0n, to: HOUR, through: HOUR, windows: hours(0n, HOUR) })
    expect(rows).toMatchObject([{ levelMicros: String(HOUR), count: 2 }])
  })

  it('nothing is carried beyond what is known, and samples there are not read', () => {
    const drawn = [sample({ at: 0n, level: '1' }), sample({ at: HOUR, level: '5' })]
    const rows = integrateLevels(drawn, { from: 0n, to: 9n * HOUR, through: HOUR / 4n, windows: hours(0n, 9n * HOUR) })
    expect(rows).toMatchObject([{ levelMicros: String(HOUR / 4n), count: 1 }])
  })

  it('the last sample before the range is carried in, an earlier one is not', () => {
    const drawn = [sample({ at: -9n * HOUR, level: '100' }), sample({ at: -2n * HOUR, level: '3' })]
    const rows = integrateLevels(drawn, { from: 0n, to: HOUR, through: HOUR, windows: hours(0n, HOUR) })
    expect(rows).toMatchObject([{ levelMicros: String(3n * HOUR), count: 0 }])
  })
})
