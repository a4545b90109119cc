import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimHome } from './home.ts'

let home: string
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-start-'))
})
afterEach(() => fs.rmSync(home, { recursive: true, force: true }))

test('a taken port is one line that says what to do, and nothing is left behind', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as net.AddressInfo
  const { code, out, err } = await start({ PORT: String(port) })
  taken.close()
  expect([code, out]).toEqual([1, ''])
  expect(err).toBe(`port ${port} is taken: stop what listens there, or choose another (PORT=${port + 1} npm start)\n`)
  expect(fs.readdirSync(home)).toEqual([])
})

test('a home in use is one line that says by whom', async () => {
  const release = await claimHome(home)
  const { code, err } = await start({ PORT: '1' })
  release()
  expect(code).toBe(1)
  expect(err).toBe(
    `${home} is in use by process ${process.pid}: stop that one first, or set METERBOOK_HOME (and PORT) to run beside it\n`,
  )
})

test('a home that cannot be made is one line that says what to set', async () => {
  const file = path.join(home, 'file')
  fs.writeFileSync(file, '')
  const { code, err } = await start({ METERBOOK_HOME: path.join(file, 'home') })
  expect(code).toBe(1)
  expect(err).toMatch(/^.+ cannot be used \(ENOTDIR\): set METERBOOK_HOME to a folder you may write\n$/)
})

test('--help explains and starts nothing', async () => {
  const { code, out } = await start({}, '--help')
  expect(code).toBe(0)
  expect(out).toContain('METERBOOK_HOME')
  expect(fs.readdirSync(home)).toEqual([])
})

async function start(env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'start.ts'), ...args], {
    env: { PATH: process.env.PATH, METERBOOK_HOME: home, ...env },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  child.stderr.on('data', (text) => {
    err += text
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, out, err }
}
