// An app in a process of its own that sends with our client, so that a test can end it like any other.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const APP = new URL('../../packages/client/src/testing/app.ts', import.meta.url).pathname

export interface SendingApp {
  child: ChildProcess
  /** How many events `send` has answered for, as far as the app came to say so. */
  kept(): number
  /** What it said at its end; null if it was ended before. */
  ended: Promise<{ left: number; lost: number; problems: number } | null>
}

/** Sends the events `from` to `to`, each under an id made of `subject` and its number. `spill`: a folder, or none. */
export function startSendingApp(input: {
  url: string
  key: string
  subject: string
  from: number
  to: number
  perSecond: number
  spill?: string
}): SendingApp {
  const { url, key, subject, from, to, perSecond, spill } = input
  const child = spawn(process.execPath, [APP], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'test', URL: url, KEY: key, SUBJECT: subject },
      ...{ FROM: String(from), TO: String(to), PER_SECOND: String(perSecond), SPILL: spill },
    },
  })
  let kept = from
  let last: Awaited<SendingApp['ended']> = null
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const said = JSON.parse(line) as { kept?: number; ended?: true; left: number; lost: number; problems: number }
    if (said.kept !== undefined) kept = said.kept
    if (said.ended) last = { left: said.left, lost: said.lost, problems: said.problems }
  })
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(() => last)
  return { child, kept: () => kept, ended }
}
