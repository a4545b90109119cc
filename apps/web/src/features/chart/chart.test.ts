import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BucketState } from '../usage/usage-view.ts'
import { type ChartModel, seriesOf } from './chart-model.ts'
import { layOut, spreadApart } from './lay-out.ts'
import { niceTicks } from './scale.ts'
import { timeTicks } from './time-ticks.ts'

const SIZE = { width: 784, height: 300, left: 40, right: 20, top: 10, bottom: 22 }
const HOUR = 3_600_000

function modelOf(input: {
  states: BucketState[]
  texts: (string | null)[][]
  form?: ChartModel['form']
  zone?: string
}): ChartModel {
  const begin = Date.parse('2026-11-21T20:00:00Z')
  return {
    title: 't',
    unit: 'GB',
    zone: input.zone ?? 'UTC',
    granularity: 'hour',
    form: input.form ?? 'bars',
    windows: input.states.map((state, index) => ({
      start: new Date(begin + index * HOUR).toISOString(),
      end: new Date(begin + (index + 1) * HOUR).toISOString(),
      state,
    })),
    series: input.texts.map((texts, index) =>
      seriesOf({ key: `s${index}`, name: `S${index}`, colour: index + 1, texts }),
    ),
  }
}

const numbersIn = (d: string) => [...d.matchAll(/-?\d+(\.\d+)?/g)].map(([text]) => Number(text))

describe('ticks', () => {
  it('the axis reaches at least the largest value, in round and ascending steps', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1e15, noNaN: true }), fc.integer({ min: 2, max: 6 }), (most, wanted) => {
        const ticks = niceTicks({ least: 0, most }, wanted)
        expect(ticks[0]).toBe(0)
        expect(ticks.at(-1)!).toBeGreaterThanOrEqual(most * (1 - 1e-9))
        expect(ticks.length).toBeLessThanOrEqual(wanted + 3)
        expect([...ticks].sort((a, b) => a - b)).toEqual(ticks)
      }),
    )
  })
  it('a chart of nothing still has an axis', () => {
    expect(niceTicks({ least: 0, most: 0 }, 4)).toEqual([0, 1])
  })
  it('time labels stand on round local times, and midnight carries the date', () => {
    const ticks = timeTicks(modelOf({ states: Array(24).fill('final'), texts: [] }), 6)
    expect(ticks.map(({ label }) => label)).toEqual(['22 Nov', '06:00', '12:00', '18:00'])
  })
  it('a zone of half an hour still gets its labels', () => {
    const ticks = timeTicks(modelOf({ states: Array(24).fill('final'), texts: [], zone: 'Asia/Kolkata' }), 6)
    expect(ticks.length).toBeGreaterThan(2)
  })
})

describe('layout', () => {
  it('nothing is drawn outside the canvas', () => {
    const quantity = fc.option(fc.nat(1_000_000).map(String), { nil: null })
    const state = fc.constantFrom<BucketState>('final', 'settling', 'open', 'ahead', 'unavailable')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(state, quantity, quantity), { minLength: 1, maxLength: 400 }),
        fc.constantFrom('bars', 'lines'),
        (rows, form) => {
          const model = modelOf({
            states: rows.map(([s]) => s),
            texts: [rows.map(([, a]) => a), rows.map(([, , b]) => b)],
            form,
          })
          const { bars, lines } = layOut(model, SIZE)
          for (const { d } of [...bars, ...lines])
            for (const number of numbersIn(d)) {
              expect(Number.isFinite(number)).toBe(true)
              expect(number).toBeGreaterThanOrEqual(0)
              expect(number).toBeLessThanOrEqual(SIZE.width)
            }
        },
      ),
      { numRuns: 60 },
    )
  })
  it('a window without a value is a gap in the line, not a zero', () => {
    const { lines } = layOut(
      modelOf({ states: ['final', 'unavailable', 'final'], texts: [['5', null, '5']], form: 'lines' }),
      SIZE,
    )
    expect(lines[0]!.d.match(/M/g)).toHaveLength(2)
    expect(lines[0]!.d).not.toContain('L')
  })
  it('each state has its own form', () => {
    const { bars, bands } = layOut(
      modelOf({ states: ['final', 'settling', 'open', 'unavailable', 'ahead'], texts: [['1', '1', '1', '1', '1']] }),
      SIZE,
    )
    expect(bars.map(({ state }) => state)).toEqual(['final', 'settling', 'open'])
    expect(bands.map(({ kind }) => kind)).toEqual(['unavailable'])
  })
  it('the open end of a line is dashed and not part of the solid one', () => {
    for (const [states, segments] of [
      [['final', 'final', 'open'], 1],
      [['final', 'open', 'open'], 2],
    ] as const) {
      const { lines } = layOut(modelOf({ states: [...states], texts: [['1', '2', '1']], form: 'lines' }), SIZE)
      expect(lines[0]!.openD.match(/M[^ML]+L[^ML]+/g)).toHaveLength(segments)
      expect(`${lines[0]!.d}L`.match(/L/g)).toHaveLength(3 - segments)
      expect(lines[0]!.isOpenEnd).toBe(true)
    }
  })
  it('a mark stands where its instant lies; those of one instant are one line, those of no window none', () => {
    const model = modelOf({ states: ['final', 'final', 'final', 'final'], texts: [['1', '1', '1', '1']] })
    const at = (time: string, text: string) => ({ at: `2026-11-${time}Z`, label: 'price', text })
    const marks = [at('21T19:59:59', 'before'), at('21T21:00:00', 'a'), at('21T21:00:00', 'b'), at('21T22:30:00', 'c')]
    const laid = layOut({ ...model, marks: [...marks, at('22T00:00:00', 'after')] }, SIZE)
    const step = (laid.plot.right - laid.plot.left) / 4
    expect(laid.marks.map(({ x, text }) => [x, text])).toEqual([
      [laid.plot.left + step, 'a; b'],
      [laid.plot.left + 2.5 * step, 'c'],
    ])
  })
  it('labels never cover each other', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 10, max: 270 }), { minLength: 1, maxLength: 8 }), (wanted) => {
        const placed = spreadApart(
          [...wanted].sort((a, b) => a - b),
          { least: 10, most: 270, spacing: 14 },
        )
        for (let index = 1; index < placed.length; index++)
          expect(placed[index]! - placed[index - 1]!).toBeGreaterThanOrEqual(14)
        expect(placed.at(-1)!).toBeLessThanOrEqual(270)
      }),
    )
  })
})
