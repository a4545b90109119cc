import { spawn } from 'node:child_process'

export interface StepResult {
  /** Exit code; 1 if a signal ended it. */
  code: number
  seconds: number
}

/** Runs one program with this Node, its output to ours. `module` is a path under the checkout's root. */
export async function runStep(input: {
  module: string
  args?: string[]
  env?: NodeJS.ProcessEnv
}): Promise<StepResult> {
  const began = performance.now()
  const child = spawn(process.execPath, [input.module, ...(input.args ?? [])], {
    cwd: new URL('..', import.meta.url).pathname,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...input.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const code = await new Promise<number>((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (exitCode) => resolve(exitCode ?? 1))
  })
  return { code, seconds: Math.round((performance.now() - began) / 100) / 10 }
}
