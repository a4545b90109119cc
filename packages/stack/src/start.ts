// `npm start`: the whole system on this machine, from nothing to its `ready` line, and back to nothing on Ctrl-C.
// Promises: what it starts it also ends, in order, losing nothing; every way to fail is one clear line and a non-zero exit.
// Does not know how any part does its work: it says what comes after what.
import fs from 'node:fs'
import path from 'node:path'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { rebuildIfLost } from '@meterbook/db/rebuild'
import { reasonOf, StackFault } from './fault.ts'
import { claimHome, homeFrom } from './home.ts'
import { buildPortal } from './portal-build.ts'
import { writePrivate } from './private-file.ts'
import { mustBeFree, type StackProcesses, startProcesses } from './processes.ts'
import { type LocalServers, startServers } from './servers.ts'
import { prepareDemo, prepareEmpty, type Start, startClosing, startEmitter } from './start-demo.ts'
import { readStartOptions, startUsage } from './start-options.ts'
import { endLeftovers } from './supervised-process.ts'
import { secondsSince } from './wait.ts'

const stopping = new AbortController()
/** How to undo what has been done so far; the last thing done is undone first. */
const undo: (() => Promise<void> | void)[] = []

process.stdout.on('error', () => {}) // whoever read our lines went away; that is no reason to fall over
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
const code = await main()
process.exit((await takeDown()) ? code : 1)

async function main(): Promise<number> {
  try {
    const options = readStartOptions(process.argv.slice(2), process.env)
    if (options === 'help') {
      say(startUsage)
      return 0
    }
    await bringUp({ home: homeFrom(process.env), ...options, log: tell, signal: stopping.signal })
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }))
    return 0
  } catch (error) {
    if (stopping.signal.aborted) return 0
    process.stderr.write(`${error instanceof StackFault ? error.message : ((error as Error).stack ?? error)}\n`)
    return 1
  }
}

async function bringUp(start: Start): Promise<void> {
  const { home, port, isEmpty, log, signal } = start
  const began = performance.now()
  const releaseHome = await claimHome(home)
  undo.push(releaseHome)
  await endLeftovers(path.join(home, 'run'))
  await mustBeFree(port)
  log(`${home}, ${process.version}`)

  const [stores] = await both(bringUpStores(start, releaseHome), buildPortal(start))
  signal.throwIfAborted()
  const [processes, signInLines] = await both(bringUpProcesses(start, stores.servers), stores.seeded)
  if (!isEmpty) undo.push(await startEmitter(start, processes.url))
  signal.throwIfAborted()
  log(`all in ${secondsSince(began)}`)
  say(`ready  ${processes.url}`)
  for (const line of signInLines) say(line)
  if (!isEmpty) undo.push(startClosing(start, stores.servers))
}

/** The servers, with their databases in this version's shape; the seed goes on while other things start. */
async function bringUpStores(
  start: Start,
  releaseHome: () => void,
): Promise<{ servers: LocalServers; seeded: Promise<string[]> }> {
  const { home, isEmpty, log, signal } = start
  const servers = await startServers({ home, log, releaseHome })
  undo.push(() => servers.stop())
  signal.throwIfAborted()
  const { postgres, clickhouse, redis } = servers
  const servicesFile = path.join(home, 'services.json')
  writePrivate(servicesFile, `${JSON.stringify({ postgres, clickhouse, redis }, null, 2)}\n`)
  undo.push(() => fs.rmSync(servicesFile, { force: true }))

  const started = performance.now()
  await both(
    migratePostgres({ ownerUrl: postgres.ownerUrl, appUrl: postgres.url, log }),
    migrateClickhouse({ url: clickhouse.url, log }),
  )
  const stores = { databaseUrl: postgres.url, clickhouseUrl: clickhouse.url }
  if (await rebuildIfLost({ ...stores, by: 'npm start', reason: 'ClickHouse held nothing of this journal', log })) {
    log('ClickHouse held nothing of this journal: the workers will replay all of it')
  }
  log(`databases up to date, ${secondsSince(started)}`)
  const seeded = isEmpty ? prepareEmpty(start, servers) : prepareDemo(start, servers)
  const hasEnded = seeded.then(unneeded, unneeded)
  undo.push(() => hasEnded) // the servers must not go away under it
  return { servers, seeded }
}

async function bringUpProcesses({ home, port, log, signal }: Start, servers: LocalServers): Promise<StackProcesses> {
  const started = performance.now()
  const processes = await startProcesses({ servers, home, port, log, signal })
  undo.push(() => processes.stop())
  log(`web and workers ready, ${secondsSince(started)}`)
  return processes
}

/** Both to their end, even if one fails: what came up has to be known to be taken down. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return [await one, await other]
}

function unneeded(): void {}

/** Ctrl-C again and again is one wish, and is heard at once even in the middle of a step. */
function stop(): void {
  if (!stopping.signal.aborted) tell('stopping')
  stopping.abort()
}

/** Undoes all of it, whatever fails on the way; false when something did. */
async function takeDown(): Promise<boolean> {
  const isWorthSaying = undo.length > 1 // more than the claim on the home
  const began = performance.now()
  let isClean = true
  for (const step of undo.splice(0).reverse()) {
    try {
      await step()
    } catch (error) {
      process.stderr.write(`while stopping: ${reasonOf(error)}\n`)
      isClean = false
    }
  }
  if (isWorthSaying) tell(`stopped, ${secondsSince(began)}`)
  return isClean
}

/** A step on the way, for whoever is watching. */
function tell(line: string): void {
  say(`  ${line}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
