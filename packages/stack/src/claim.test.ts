import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tryClaim } from './claim.ts'
import { identify } from './process-identity.ts'
import { until } from './wait.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-claim-'))
  file = path.join(dir, 'claim.json')
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

test('of two claims only one is given while its holder lives', () => {
  const first = tryClaim(file)
  expect(first).toHaveProperty('release')
  expect(tryClaim(file)).toMatchObject({ holder: { pid: process.pid } })
  if ('release' in first) first.release()
  expect(tryClaim(file)).toHaveProperty('release')
})

test('the claim of a killed process is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  fs.writeFileSync(file, JSON.stringify(identify(child.pid ?? 0)))
  expect(tryClaim(file)).toMatchObject({ holder: { pid: child.pid } })
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  expect(await until(() => 'release' in tryClaim(file), { withinMs: 2_000 })).toBe(true)
})

test('giving back a claim that is by now another’s leaves it with the other', () => {
  const claim = tryClaim(file)
  const other = JSON.stringify({ pid: 1, birth: 'another' })
  fs.writeFileSync(file, other)
  if ('release' in claim) claim.release()
  expect(fs.readFileSync(file, 'utf8')).toBe(other)
})
