import { spawn } from 'node:child_process'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { LoadPlan, LoadReport } from './plan.ts'

/** A load generator at work. */
export interface Load {
  pid: number
  report: Promise<LoadReport>
}

/** Starts a load generator as a process of its own, so that its CPU can be told from everybody else's. */
export function startLoad(plan: LoadPlan): Load {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'generate.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(plan))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const said = text(child.stdout)
  return {
    pid: child.pid ?? 0,
    report: ended.then(async (code) => {
      if (code !== 0) throw new Error(`expected the load generator to end well, found code ${code}`)
      return JSON.parse(await said) as LoadReport
    }),
  }
}
