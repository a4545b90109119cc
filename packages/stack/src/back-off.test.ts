import { expect, test } from 'vitest'
import { BackOff } from './back-off.ts'

test('what keeps dying is started less and less often, but never less than every ten seconds', () => {
  const backOff = new BackOff()
  const pauses = Array.from({ length: 12 }, () => backOff.pauseMs(10))
  expect(pauses.slice(0, 4)).toEqual([100, 200, 400, 800])
  expect(pauses.at(-1)).toBe(10_000)
})

test('a death after a steady while is forgiven', () => {
  const backOff = new BackOff()
  backOff.pauseMs(10)
  backOff.pauseMs(10)
  expect(backOff.pauseMs(10_000)).toBe(100)
})
