import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@meterbook/stack/ports'

const START = new URL('../packages/stack/src/start.ts', import.meta.url).pathname
const READY_MS_MAX = 240_000
const STOP_MS_MAX = 60_000

/** What `<home>/demo.json` holds, as the contract says. */
export interface Demo {
  url: string
  signIn: { email: string; password: string }
  admin: { email: string; password: string }
  space: { slug: string }
  apps: { id: string; slug: string; ingestKey: string }[]
}

/** The whole product, started by its own command in a home of its own. */
export interface StartedSystem {
  url: string
  home: string
  demo: Demo
  /** Everything it printed. */
  output(): string
  /** Seconds from the command to the `ready` line. */
  readySeconds: number
  /** SIGTERM to the command; resolves with its exit code once it has ended. */
  stop(): Promise<number>
}

/** Runs `npm start`'s script, as npm would, on a free port. `home` is kept by the caller when given, else removed by `stop`. */
export async function startSystem(
  input: { home?: string; args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<StartedSystem> {
  const home = input.home ?? fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-e2e-'))
  const port = await freePort()
  const began = performance.now()
  const child = spawn(process.execPath, [START, ...(input.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, METERBOOK_HOME: home, PORT: String(port), ...input.env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
  const stop = async () => {
    const code = await stopChild(child, ended)
    if (!input.home) fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    return code
  }
  const deadline = began + READY_MS_MAX
  while (!output.includes('\nready  ')) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`expected the system to get ready, it printed:\n${output}`)
    }
    await pause(20)
  }
  const demoFile = path.join(home, 'demo.json')
  const demo = fs.existsSync(demoFile) ? (JSON.parse(fs.readFileSync(demoFile, 'utf8')) as Demo) : emptyDemo
  const readySeconds = (performance.now() - began) / 1000
  return { url: `http://127.0.0.1:${port}`, home, demo, output: () => output, readySeconds, stop }
}

const emptyDemo: Demo = {
  url: '',
  signIn: { email: '', password: '' },
  admin: { email: '', password: '' },
  space: { slug: '' },
  apps: [],
}

async function stopChild(child: ChildProcess, ended: Promise<number>): Promise<number> {
  if (child.exitCode === null) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  const code = await ended
  clearTimeout(timer)
  return code
}
