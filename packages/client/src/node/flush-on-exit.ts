import type { Meterbook } from '../meterbook.ts'

export interface ExitOptions {
  /** How long the process may be held for what waits: 3 s. */
  withinMs?: number
  /** Default: SIGTERM and SIGINT. Leave out those that the app handles itself, and call close() there. */
  signals?: NodeJS.Signals[]
}

/**
 * Closes the client when the process has nothing left to do or is told to end, and lets it end then as it would have. Not reached by
 * process.exit(), an uncaught error or SIGKILL: for those there is the disk. Answers how to take the hooks away.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever events it is typed for.
export function flushOnExit(client: Pick<Meterbook<any>, 'close' | 'waiting'>, options: ExitOptions = {}): () => void {
  const { withinMs = 3_000, signals = ['SIGTERM', 'SIGINT'] } = options
  const onIdle = () => {
    if (client.waiting > 0) void client.close(withinMs)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    void client.close(withinMs).then(() => {
      remove()
      // Where nobody else listens, the signal does now what it would have done at once.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  const remove = () => {
    process.off('beforeExit', onIdle)
    for (const signal of signals) process.off(signal, onSignal)
  }
  process.on('beforeExit', onIdle)
  for (const signal of signals) process.on(signal, onSignal)
  return remove
}
