import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatInstant, type Instant, instantFromMs, instantToMs, parseInstant } from './instant.ts'

const FIRST = -62_167_219_200_000_000n
const LAST = 253_402_300_799_999_999n
const instants = fc.bigInt({ min: FIRST, max: LAST })

const written = (text: string) => {
  const result = parseInstant(text)
  return result.ok ? formatInstant(result.value) : result.code
}

describe('an instant', () => {
  test('is the same after being written and read, over all years that four digits can write', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(parseInstant(formatInstant(instant))).toEqual({ ok: true, value: instant })
      }),
    )
  })

  test('agrees with the platform to the millisecond, whatever the offset', () => {
    const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 })
    fc.assert(
      fc.property(fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 }), offset, (ms, minutes) => {
        const local = new Date(ms + minutes * 60_000).toISOString().slice(0, -1)
        const away = Math.abs(minutes)
        const zone = `${minutes < 0 ? '-' : '+'}${String(Math.floor(away / 60)).padStart(2, '0')}:${String(away % 60).padStart(2, '0')}`
        expect(parseInstant(local + zone)).toEqual({ ok: true, value: instantFromMs(ms) })
      }),
    )
  })

  test('gives whole milliseconds rounded towards the past, before 1970 too', () => {
    expect(instantToMs(1_999n)).toBe(1)
    expect(instantToMs(-1n as Instant)).toBe(-1)
    fc.assert(
      fc.property(fc.integer(), (ms) => {
        expect(instantToMs(instantFromMs(ms))).toBe(ms)
      }),
    )
  })

  test('drops trailing zeros of its fraction and writes years with four digits', () => {
    expect(written('2026-07-01T12:00:00.500000Z')).toBe('2026-07-01T12:00:00.5Z')
    expect(written('0033-04-03T15:00:00.000001Z')).toBe('0033-04-03T15:00:00.000001Z')
  })

  test('of any text but a timestamp is refused, never guessed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(['format', 'range']).toContain(written(text))
      }),
    )
  })
})
