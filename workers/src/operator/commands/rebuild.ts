import { setTimeout as delay } from 'node:timers/promises'
import { listOwnedShards, type Pool, type RebuildProgress, readRebuildProgress } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'
import { type Command, EXIT } from '../command.ts'
import type { ProgressState } from '../progress.ts'

const LOOK_MS = 250
const TELL_MS = 2_000

const HELP = `npm run meterbook -- rebuild [--reason TEXT] [--no-wait] [--json]

Drops every projection in ClickHouse (usage records, rollups, verdicts, identities) and replays the journal: the same numbers,
to the digit. Ingest goes on; figures are incomplete until it is done. The workers do the replay: stop this command and they go on,
start it again and it shows how far they are.

  --reason TEXT  why; kept with the generation (default: "asked for by an operator")
  --no-wait      begin it and do not wait for its end
  --json         one JSON object at the end instead of lines
  --help         this text

Exit: 0 everything is replayed (with --no-wait: it has begun), 1 it goes on without being watched, 2 it could not be begun.`

export const rebuild: Command = {
  name: 'rebuild',
  summary: 'drop every projection and replay the journal, to the same numbers',
  help: HELP,
  options: { reason: { type: 'string' }, 'no-wait': { type: 'boolean' } },
  async run({ stores, print, tell, progress, isJson, signal }, values) {
    const { pool, urls } = stores()
    const isWaiting = values['no-wait'] !== true
    const report = await rebuildProjections({
      pool,
      databaseUrl: urls.postgres.url,
      clickhouseUrl: urls.clickhouse.url,
      reason: typeof values.reason === 'string' ? values.reason : 'asked for by an operator',
      isWaiting,
      signal,
      tell,
      progress,
    })
    if (isJson) print(JSON.stringify({ ok: true, ...report }))
    else print(sentenceOf(report))
    return report.isDone || !isWaiting ? EXIT.well : EXIT.wrong
  },
}

function sentenceOf(report: RebuildReport): string {
  if (!report.isDone) return `generation ${report.generation} goes on; run the command again to watch it`
  return `generation ${report.generation}: ${report.events} events replayed in ${report.seconds} s, ${report.eventsPerSecond}/s`
}

/** What came of it; with `isDone` false nobody waited. */
export interface RebuildReport {
  generation: string
  /** False: an earlier one was under way, and was left to go on. */
  isNew: boolean
  isDone: boolean
  events: string
  seconds: number
  eventsPerSecond: number
}

/** Begins a rebuild, or finds one under way, and watches it to its end. Throws if a store is away when it begins. */
export async function rebuildProjections(input: {
  pool: Pool
  databaseUrl: string
  clickhouseUrl: string
  reason: string
  isWaiting: boolean
  /** Ends the watching, not the replay. */
  signal: AbortSignal
  /** What happens, for people. */
  tell(line: string): void
  progress(state: ProgressState): void
}): Promise<RebuildReport> {
  const { pool, databaseUrl, clickhouseUrl, reason, tell } = input
  const begunAtMs = performance.now()
  const { generation, isNew } = await beginRebuild({
    databaseUrl,
    clickhouseUrl,
    by: 'meterbook rebuild',
    reason,
    log: tell,
  })
  tell(
    isNew ? `generation ${generation}: tables dropped and made anew` : `generation ${generation} is under way already`,
  )
  const end = input.isWaiting ? await watch(input) : await readRebuildProgress(pool)
  const seconds = (performance.now() - begunAtMs) / 1000
  return {
    generation: generation.toString(),
    isNew,
    isDone: end.isFinished,
    events: end.eventsThrough.toString(),
    seconds: Math.round(seconds * 10) / 10,
    eventsPerSecond: Math.round(Number(end.eventsThrough) / seconds),
  }
}

async function watch(input: {
  pool: Pool
  signal: AbortSignal
  progress(state: ProgressState): void
}): Promise<RebuildProgress> {
  const { pool, signal } = input
  let told = { atMs: performance.now(), events: 0n }
  let note = ''
  for (;;) {
    const progress = await readRebuildProgress(pool)
    if (progress.isFinished || signal.aborted) return progress
    const nowMs = performance.now()
    if (nowMs - told.atMs >= TELL_MS) {
      const perSecond = (Number(progress.eventsThrough - told.events) * 1000) / (nowMs - told.atMs)
      note = await noteOf(pool, perSecond)
      told = { atMs: nowMs, events: progress.eventsThrough }
    }
    input.progress({ label: 'events', done: Number(progress.eventsThrough), total: Number(progress.events), note })
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function noteOf(pool: Pool, perSecond: number): Promise<string> {
  if (perSecond > 0) return `${Math.round(perSecond)}/s`
  const { length: owned } = await listOwnedShards(pool)
  return owned > 0 ? '0/s' : 'no worker is running: start one, it will replay'
}
