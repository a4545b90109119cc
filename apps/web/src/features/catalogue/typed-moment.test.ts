import { expect, test } from 'vitest'
import { isPast, nextMonth, typedMoment } from './typed-moment.ts'

test('a moment is taken as UTC however briefly it is typed, and what is none is left for the schema to refuse', () => {
  expect(typedMoment(' 2026-12-01 ')).toBe('2026-12-01T00:00:00Z')
  expect(typedMoment('2026-12-01 09:30')).toBe('2026-12-01T09:30:00Z')
  expect(typedMoment('2026-12-01T09:30:15.5')).toBe('2026-12-01T09:30:15.5Z')
  expect(typedMoment('2026-12-01T09:30:00+02:00')).toBe('2026-12-01T09:30:00+02:00')
  expect(typedMoment('soon')).toBe('soon')
  expect(isPast('2026-01-01', Date.UTC(2026, 5, 1))).toBe(true)
  expect(isPast('soon', Date.UTC(2026, 5, 1))).toBe(false)
  expect(nextMonth(Date.UTC(2026, 11, 31, 23))).toBe('2027-01-01')
})
