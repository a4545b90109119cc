import { setTimeout as delay } from 'node:timers/promises'
import { countOwnedShards, type Pool, type RebuildProgress, readRebuildProgress } from '@meterbook/db/postgres'
import { beginRebuild } from '@meterbook/db/rebuild'

const LOOK_MS = 250
const TELL_MS = 2_000

export const REBUILD_USAGE = `npm run meterbook -- rebuild [--reason TEXT] [--no-wait] [--json]

Drops every projection in ClickHouse (usage records, rollups, verdicts, identities) and replays the journal: the same numbers,
to the digit. Ingest goes on; figures are incomplete until it is done. The workers do the replay: stop this command and they go on,
start it again and it shows how far they are.

  --reason TEXT  why; kept with the generation (default: "asked for by an operator")
  --no-wait      begin it and do not wait for its end
  --json         one JSON object at the end instead of lines
  --help         this text

Exit code 0: everything is replayed (with --no-wait: begun). 1: it could not be begun, or its end could not be seen.`

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
export async function rebuild(input: {
  pool: Pool
  databaseUrl: string
  clickhouseUrl: string
  reason: string
  isWaiting: boolean
  /** Progress, for people. */
  tell(line: string): void
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

async function watch({ pool, tell }: { pool: Pool; tell(line: string): void }): Promise<RebuildProgress> {
  let told = { atMs: performance.now(), events: 0n }
  for (;;) {
    const progress = await readRebuildProgress(pool)
    if (progress.isFinished) return progress
    const nowMs = performance.now()
    if (nowMs - told.atMs >= TELL_MS) {
      const perSecond = (Number(progress.eventsThrough - told.events) * 1000) / (nowMs - told.atMs)
      tell(await lineOf(pool, progress, perSecond))
      told = { atMs: nowMs, events: progress.eventsThrough }
    }
    await delay(LOOK_MS)
  }
}

async function lineOf(pool: Pool, progress: RebuildProgress, perSecond: number): Promise<string> {
  const { events, eventsThrough } = progress
  const percent = events === 0n ? 100 : Number((eventsThrough * 1000n) / events) / 10
  const line = `${percent.toFixed(1)} %: ${eventsThrough} of ${events} events, ${Math.round(perSecond)}/s`
  if (perSecond > 0) return line
  const owned = await countOwnedShards(pool)
  return owned > 0 ? line : `${line}; no worker is running: start one, it will replay`
}
