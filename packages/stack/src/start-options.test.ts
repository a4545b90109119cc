import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { readStartOptions } from './start-options.ts'

test('a start without arguments is the demo on port 3000', () => {
  const shardCount = Math.max(1, Math.floor(availableParallelism() / 2))
  expect(readStartOptions([], {})).toEqual({ port: 3000, isEmpty: false, shardCount })
})

test('--empty and PORT are heeded', () => {
  const asked = readStartOptions(['--empty'], { PORT: '8123', METERBOOK_SHARDS: '16' })
  expect(asked).toEqual({ port: 8123, isEmpty: true, shardCount: 16 })
})

test('help is given whatever else is wrong', () => {
  expect(readStartOptions(['--help'], { PORT: 'no' })).toBe('help')
})

test('an argument or port that means nothing is refused, not ignored', () => {
  expect(() => readStartOptions(['--emtpy'], {})).toThrow(`'--emtpy'`)
  for (const PORT of ['0', '65536', '3e9', '-1', '1.5', 'web'])
    expect(() => readStartOptions([], { PORT })).toThrow(JSON.stringify(PORT))
  for (const METERBOOK_SHARDS of ['0', '1025', 'many'])
    expect(() => readStartOptions([], { METERBOOK_SHARDS })).toThrow(JSON.stringify(METERBOOK_SHARDS))
})
