import { expect, test } from 'vitest'
import { newDoor, shareOf, watchDoor } from './door-share.ts'

const after = (looks: { here: number; all: number }[]) => shareOf(looks.reduce(watchDoor, newDoor()))

test('a door that takes a quarter of everything has a quarter, whatever was taken before it opened', () => {
  const looks = Array.from({ length: 40 }, (_, step) => ({ here: step * 250, all: 1_000_000 + step * 1_000 }))
  expect(after(looks)).toBeCloseTo(0.25, 1)
})

test('a door that took nothing can begin, and one that is alone has everything', () => {
  const idle = Array.from({ length: 40 }, (_, step) => ({ here: 0, all: 1_000 + step * 1_000 }))
  expect(after(idle)).toBe(0.1)
  expect(after([{ here: 0, all: 0 }])).toBe(1)
  const alone = Array.from({ length: 40 }, (_, step) => ({ here: step * 500, all: 7_000 + step * 500 }))
  expect(after(alone)).toBe(1)
})
