import fs from 'node:fs'
import path from 'node:path'
import { readCredentials } from './demo/credentials.ts'
import { seedDemo, seedEmpty } from './demo/seed.ts'
import { writePrivate } from './private-file.ts'
import { processEnv } from './processes.ts'
import type { LocalServers } from './servers.ts'
import type { StartOptions } from './start-options.ts'
import { superviseProcess } from './supervised-process.ts'
import { until } from './wait.ts'

const firstHistoryMs = 180_000
/** A later start has only the hours to send in which it was away: those may arrive while one looks. */
const laterHistoryMs = 2_000
const progressMs = 5_000
const emitterDrainMs = 5_000
const historySent = 'history sent'

/** A start under way. */
export interface Start extends StartOptions {
  home: string
  log: (line: string) => void
  signal: AbortSignal
}

/** Puts the demo's people, apps and prices in place; writes `<home>/demo.json`; answers with the lines to sign in by. */
export async function prepareDemo(start: Start, { postgres }: LocalServers): Promise<string[]> {
  const { home, shardCount, log } = start
  const demo = await seedDemo({ databaseUrl: postgres.url, home, url: urlOf(start), shardCount, log })
  const file = path.join(home, 'demo.json')
  writePrivate(file, `${JSON.stringify(demo, null, 2)}\n`)
  const [app] = demo.apps
  return [
    `sign in     ${demo.signIn.email}  ${demo.signIn.password}`,
    `admin       ${demo.admin.email}  ${demo.admin.password}`,
    ...(app ? [`ingest key  ${app.ingestKey}  (app ${app.slug})`] : []),
    `all of them are in ${file}`,
  ]
}

/** One platform admin, whose first password the seed keeps in `<home>/admin.json`. */
export async function prepareEmpty(start: Start, { postgres }: LocalServers): Promise<string[]> {
  const { home, log } = start
  const { admin } = await seedEmpty({ databaseUrl: postgres.url, home, url: urlOf(start), log })
  return [`admin       ${admin.email}  ${admin.password ?? '(with the password that was chosen)'}`]
}

/**
 * Starts the demo's senders and waits until their history is on its way in, or a deadline has passed: the pages then fill
 * while one looks. Answers with the way to end them.
 */
export async function startEmitter(start: Start, url: string): Promise<() => Promise<void>> {
  const { home, log, signal, port } = start
  const historyMs = fs.existsSync(path.join(home, 'demo-history.json')) ? laterHistoryMs : firstHistoryMs
  let isSent = false
  let lastTold = 0
  const env = processEnv({ servers: noServers, home, port }, url)
  const emitter = superviseProcess(
    {
      name: 'emitter',
      script: 'packages/stack/src/demo/emitter.ts',
      env,
      logFile: path.join(home, 'logs', 'emitter.log'),
      drainMs: emitterDrainMs,
      onLine(line) {
        const isNews = line.includes(historySent)
        if (isSent) return
        isSent ||= isNews
        if (!isNews && performance.now() - lastTold < progressMs) return
        lastTold = performance.now()
        log(line)
      },
    },
    { runDir: path.join(home, 'run'), log },
  )
  const isDone = await until(() => isSent || signal.aborted, { withinMs: historyMs, everyMs: 20 })
  if (!isDone)
    log(`the demo's history is still being sent after ${historyMs / 1000} s: its charts fill while it goes on`)
  return () => emitter.halt()
}

/**
 * Closes the months that the demo's past is over in, in the background: statements are there to be looked at a little after the start. Answers with the
 * way to end it.
 */
export function startClosing({ home, log }: Start, { postgres, clickhouse }: LocalServers): () => Promise<void> {
  const stop = new AbortController()
  const apps = readCredentials(home)?.apps ?? []
  const stores = { databaseUrl: postgres.url, clickhouseUrl: clickhouse.url }
  // Loaded now that everything is up: its way into the database takes longer to load than all that a start needs.
  const closing = import('./demo/close-months.ts').then(({ keepClosing }) =>
    keepClosing({ ...stores, home, apps, now: Date.now, signal: stop.signal, log }),
  )
  return () => {
    stop.abort()
    return closing
  }
}

/** The senders know the public door and nothing behind it. */
const noServers = { postgres: { url: '', ownerUrl: '' }, clickhouse: { url: '' }, redis: { url: '' } }

function urlOf({ port }: Start): string {
  return `http://127.0.0.1:${port}`
}
