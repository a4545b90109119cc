import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { identify, isRunning } from './process-identity.ts'
import { until } from './wait.ts'

test('a later process with the same pid is not taken for the earlier one', () => {
  const self = identify(process.pid)
  if (!self) throw new Error('this process runs')
  expect(isRunning(self)).toBe(true)
  expect(isRunning({ ...self, birth: `${self.birth}0` })).toBe(false)
})

test('a process that has ended is not running', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const identity = identify(child.pid ?? 0)
  if (!identity) throw new Error('it has just been started')
  expect(isRunning(identity)).toBe(true)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  expect(await until(() => !isRunning(identity), { withinMs: 2_000 })).toBe(true)
})

test('a number that is no pid names nobody', () => {
  for (const pid of [0, -1, 1.5, Number.NaN]) expect(identify(pid)).toBeUndefined()
})
