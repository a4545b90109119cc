import { expect, test } from 'vitest'
import { readStartOptions } from './start-options.ts'

test('a start without arguments is the demo on port 3000', () => {
  expect(readStartOptions([], {})).toEqual({ port: 3000, isEmpty: false })
})

test('--empty and PORT are heeded', () => {
  expect(readStartOptions(['--empty'], { PORT: '8123' })).toEqual({ port: 8123, isEmpty: true })
})

test('help is given whatever else is wrong', () => {
  expect(readStartOptions(['--help'], { PORT: 'no' })).toBe('help')
})

test('an argument or port that means nothing is refused, not ignored', () => {
  expect(() => readStartOptions(['--emtpy'], {})).toThrow(`'--emtpy'`)
  for (const PORT of ['0', '65536', '3e9', '-1', '1.5', 'web'])
    expect(() => readStartOptions([], { PORT })).toThrow(JSON.stringify(PORT))
})
