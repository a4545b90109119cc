import { describe, expect, test } from 'vitest'
import { eventTimeFault } from './event-time.ts'
import { instant } from './test-journal.ts'

const RECEIVED = instant('2026-07-01T12:00:00.000001Z')
const code = (text: string) => eventTimeFault(instant(text), RECEIVED)?.code ?? null

describe('the time of an event', () => {
  test('may be anything since 2000 and up to 31 days after its receipt, to the microsecond', () => {
    expect(code('2000-01-01T00:00:00Z')).toBeNull()
    expect(code('1999-12-31T23:59:59.999999Z')).toBe('time_too_old')
    expect(code('0000-01-01T00:00:00Z')).toBe('time_too_old')
    expect(code('2026-08-01T12:00:00.000001Z')).toBeNull()
    expect(code('2026-08-01T12:00:00.000002Z')).toBe('time_in_future')
    expect(code('9999-12-31T23:59:59.999999Z')).toBe('time_in_future')
    expect(eventTimeFault(RECEIVED, RECEIVED)).toBeNull()
  })

  test('is judged by the receipt, not by a clock, so that a rebuild judges as the first time', () => {
    const at = instant('2030-01-01T00:00:00Z')
    expect(eventTimeFault(at, instant('2029-12-31T00:00:00Z'))).toBeNull()
    expect(eventTimeFault(at, RECEIVED)).toMatchObject({
      detail: expect.stringContaining('receipt at 2026-07-01T12:00:00.000001Z, found 2030-01-01T00:00:00Z'),
    })
  })
})
