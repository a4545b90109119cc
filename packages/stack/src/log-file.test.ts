import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { logTail, openLog } from './log-file.ts'
import { writePrivate } from './private-file.ts'

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-log-'))
})
afterEach(() => fs.rmSync(dir, { recursive: true }))

test('a log cannot grow for ever: a big one is moved aside at the next start', () => {
  const file = path.join(dir, 'web.log')
  fs.writeFileSync(file, Buffer.alloc(17 * 1024 * 1024, 'x'))
  const { fd, size } = openLog(file)
  fs.closeSync(fd)
  expect(size).toBe(0)
  expect(fs.statSync(`${file}.1`).size).toBe(17 * 1024 * 1024)
})

test('the tail shows only what this start wrote', () => {
  const file = path.join(dir, 'web.log')
  fs.writeFileSync(file, 'yesterday\n')
  const { fd, size } = openLog(file)
  fs.writeSync(fd, 'today\n')
  fs.closeSync(fd)
  expect(logTail(file, { from: size })).toBe('\n  | today')
  expect(logTail(path.join(dir, 'none'))).toBe('')
})

test('a private file is replaced whole and readable by its owner alone', () => {
  const file = path.join(dir, 'secrets.json')
  writePrivate(file, 'one')
  writePrivate(file, 'two')
  expect(fs.readFileSync(file, 'utf8')).toBe('two')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect(fs.readdirSync(dir)).toEqual(['secrets.json'])
})
