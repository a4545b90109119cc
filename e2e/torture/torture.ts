// A torture run: everything Meterbook is, under load, killed again and again; then every row and every total held to a ground truth.
// Promises: real servers and processes in a home of its own, gone afterwards; a report that says what was done and what does not hold.
// Does not know: how usage is measured or projected; what it expects, it has from plain code of its own.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { migrateClickhouse } from '@meterbook/db/clickhouse/migrate'
import { createPool, readShardLags } from '@meterbook/db/postgres'
import { migratePostgres } from '@meterbook/db/postgres/migrate'
import { freePort } from '@meterbook/stack/ports'
import { type StackProcesses, startProcesses } from '@meterbook/stack/processes'
import { type LocalServers, startServers } from '@meterbook/stack/servers'
import { until } from '@meterbook/stack/wait'
import { type Blow, strike } from './blows.ts'
import { checkAnswers } from './check-answers.ts'
import { checkLedger, type LedgerTally } from './check-ledger.ts'
import { checkReceipts } from './check-receipts.ts'
import { checkRows } from './check-rows.ts'
import { runCommand } from './command-line.ts'
import { Findings } from './findings.ts'
import { Generator, type Packet, type Writing } from './generator.ts'
import { readJournal, readRevisions } from './journal.ts'
import { Killer, type Toll } from './killer.ts'
import { Operator } from './operator.ts'
import { type Sent, sendUntil } from './sender.ts'
import { type Truth, tellTruth } from './truth.ts'
import { makeWorld, type World } from './world.ts'

const WORKERS = 2
/** Without any group more: on a busy machine catching up takes its time, but it moves. */
const STANDING_MS_MAX = 600_000
const OUTPUT_CHARACTERS_MAX = 2_000
const PROGRESS_MS = 5_000

export interface TortureInput {
  seed: string
  blows: readonly Blow[]
  /** If the blows make fewer, more are dealt. */
  killsMin: number
  /** The load lasts at least this long. */
  secondsMin: number
  senders: number
  eventsPerSecond: number
  /** Asks as every app and for every window; see checkAnswers. */
  isThorough: boolean
  /** Leaves the home where it is. */
  isKept: boolean
  log(line: string): void
}

export interface TortureReport {
  toll: Toll
  kills: number
  sent: Sent
  /** Null: not everything was projected, so that nothing could be held to it. */
  truth: Truth | null
  /** Null: settlement did not come to its end. */
  ledger: LedgerTally | null
  questions: number
  caughtUpMs: number | null
  findings: Findings
  home: string
}

export async function torture(input: TortureInput): Promise<TortureReport> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'meterbook-torture-'))
  let servers: LocalServers | undefined
  let processes: StackProcesses | undefined
  try {
    servers = await startServers({ home, env: { PATH: process.env.PATH }, log: () => undefined })
    await migratePostgres({ ownerUrl: servers.postgres.ownerUrl, appUrl: servers.postgres.url })
    await migrateClickhouse({ url: servers.clickhouse.url })
    const port = await freePort()
    const world = await makeWorld({
      databaseUrl: servers.postgres.url,
      ownerUrl: servers.postgres.ownerUrl,
      home,
      url: `http://127.0.0.1:${port}`,
    })
    const orderFile = path.join(home, 'die-at')
    processes = await startProcesses({
      servers,
      home,
      port,
      workers: WORKERS,
      env: {
        NODE_OPTIONS: `--import ${pathToFileURL(path.join(import.meta.dirname, 'kill-at-step.ts')).href}`,
        METERBOOK_TORTURE_FILE: orderFile,
      },
    })
    const killer = new Killer({ servers, processes, orderFile })
    return await run({ ...input, home, world, servers, processes, killer })
  } finally {
    await processes?.stop()
    await servers?.stop()
    if (!input.isKept) fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

interface Running extends TortureInput {
  home: string
  world: World
  servers: LocalServers
  processes: StackProcesses
  killer: Killer
}

async function run(running: Running): Promise<TortureReport> {
  const { world, servers, processes, killer, log } = running
  const findings = new Findings()
  const { sent, packets, writings, operator } = await loadAndKill(running, findings)
  log(`${sent.events} events sent, ${killer.kills} kills; waiting until all of them are projected`)
  const caughtUpMs = await catchUp(servers)
  const { toll, kills } = killer
  const told = { toll, kills, sent, findings, home: running.home }
  if (caughtUpMs === null) {
    findings.add('not caught up', `nothing projected for ${STANDING_MS_MAX / 1000} s`)
    return { ...told, truth: null, ledger: null, questions: 0, caughtUpMs }
  }
  const { url } = servers.postgres
  const telling = { world, writings, findings, revisions: await readRevisions(url), journal: readJournal(url) }
  const truth = await tellTruth(telling)
  const { events } = truth
  log(`${events.length} events in the journal; holding every row and total to the ground truth`)
  checkReceipts({ packets, truth: events, findings })
  for (const id of operator.confirmed)
    if (!truth.corrections.has(id)) findings.add('a confirmed correction, not in the journal', id)
  await checkRows({ clickhouseUrl: servers.clickhouse.url, truth: events, findings })
  const questions = await checkAnswers({
    world,
    findings,
    isThorough: running.isThorough,
    truth: events,
    url: processes.url,
    clickhouseUrl: servers.clickhouse.url,
  })
  log('holding the ledger to what it all costs')
  const ledger = await checkLedger({ databaseUrl: url, world, truth: events, findings })
  for (const command of ['reconcile', 'verify']) {
    const { code, output } = await runCommand(servers, { args: [command] })
    if (code !== 0) findings.add(`${command} finds something`, `exit ${code}: ${output.slice(-OUTPUT_CHARACTERS_MAX)}`)
  }
  return { ...told, truth, ledger, questions, caughtUpMs }
}

async function loadAndKill(
  running: Running,
  findings: Findings,
): Promise<{ sent: Sent; packets: Packet[]; writings: ReadonlyMap<string, Writing>; operator: Operator }> {
  const { world, servers, processes, killer, log, seed, senders, eventsPerSecond } = running
  const began = performance.now()
  const sent: Sent = { packets: 0, attempts: 0, events: 0, refused: 0, abandoned: 0, answers: new Map() }
  const packets: Packet[] = []
  const over = new AbortController()
  const generators = Array.from({ length: senders }, (_, sender) => new Generator(world, { seed, sender }))
  const operator = new Operator({
    world,
    seed,
    databaseUrl: servers.postgres.url,
    ownerUrl: servers.postgres.ownerUrl,
    clickhouseUrl: servers.clickhouse.url,
    writingOf: (identity) => generators.map((each) => each.writingOf(identity)).find((each) => each !== undefined),
  })
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1_000)
    log(`${seconds} s  ${killer.kills} kills  ${sent.events} events  ${sent.attempts - sent.packets} tries again`)
  }, PROGRESS_MS)
  const sending = generators.map((generator) =>
    sendUntil({
      generator,
      sent,
      packets,
      findings,
      url: processes.url,
      eventsPerSecond: eventsPerSecond / senders,
      signal: over.signal,
    }),
  )
  const acting = operator.actUntil(over.signal)
  try {
    await strike({ killer, seed, blows: running.blows, killsMin: running.killsMin })
    const restMs = running.secondsMin * 1_000 - (performance.now() - began)
    await until(() => false, { withinMs: Math.max(0, restMs), everyMs: 100 })
  } finally {
    clearInterval(progress)
    over.abort()
    await Promise.all([...sending, acting])
  }
  const writings = new Map([...generators, operator].flatMap((each) => [...each.writings]))
  return { sent, packets, writings, operator }
}

/** Milliseconds until every journal batch is projected; null if it stands still. */
async function catchUp(servers: LocalServers): Promise<number | null> {
  const began = performance.now()
  const pool = createPool({ url: servers.postgres.url, name: 'torture' })
  try {
    let isDone = false
    for (let before = '', now = 'nothing yet'; !isDone && now !== before; ) {
      before = now
      await until(
        async () => {
          const lags = await readShardLags(pool).catch(() => [])
          if (lags.length > 0) now = lags.map(({ projected }) => projected).join()
          isDone = lags.length > 0 && lags.every(({ journaled, projected }) => journaled === projected)
          return isDone || now !== before
        },
        { withinMs: STANDING_MS_MAX, everyMs: 100 },
      )
    }
    return isDone ? performance.now() - began : null
  } finally {
    await pool.end()
  }
}
