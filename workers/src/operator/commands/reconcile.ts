import { formatInstant, type Instant, parseInstant } from '@meterbook/core/kernel'
import type { Difference } from '@meterbook/core/reconciliation'
import { listAppSlugs, recordIncidents } from '@meterbook/db/postgres'
import { CatalogueCache } from '../../attribute/catalogue-cache.ts'
import { type LookResult, lookAtEverything, type Progress } from '../../reconcile/look-at-everything.ts'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { textTable } from '../text-table.ts'

const ROWS_MAX = 200

export const reconcile: Command = {
  name: 'reconcile',
  summary: 'compare the journal with the usage records and the rollups, to the last digit',
  help: `npm run meterbook -- reconcile [--from T] [--to T] [--app SLUG] [--json]

Compares journal, event index, usage records and rollups: every event taken is in exactly one place, and what was measured of it,
worked out again from the journal, is what is recorded and rolled up, per app, meter and hour. What is being written meanwhile is
told apart. Differences are kept as incidents. It repairs nothing: \`rebuild\` computes everything anew from the journal.

  --from T     usage that happened at or after T, an RFC 3339 time, taken to the hour before
  --to T       usage that happened before T, taken to the hour after
  --app SLUG   one app's usage (slug or id)
  --json       one JSON object, differences whole
  --help       these lines

Exit: 0 nothing differs, 1 something does, 2 it could not look.`,
  options: { from: { type: 'string' }, to: { type: 'string' }, app: { type: 'string' } },
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const [from, to] = [readTime('--from', values.from), readTime('--to', values.to)]
  if (from !== null && to !== null && from >= to) throw new UsageFault('expected --from before --to')
  const { pool, clickhouse } = context.stores()
  const slugs = await listAppSlugs(pool)
  const range = { from, to, appId: readApp(values.app, slugs) }
  const rest = async () => context.signal.throwIfAborted()
  const deps = { pool, clickhouse, catalogues: new CatalogueCache(pool), rest }
  const result = await lookAtEverything(deps, range, teller(context))
  await recordIncidents(pool, result.differences)
  const code = exitOf(result)
  const { differences, ...counts } = result
  if (context.isJson)
    context.print(JSON.stringify({ ok: code === EXIT.well, ...counts, differences: differences.map(jsonOf) }))
  else for (const line of inWords(result, slugs)) context.print(line)
  return code

  function jsonOf(each: Difference): Record<string, unknown> {
    return {
      ...each,
      app: slugs.get(each.appId) ?? null,
      first: each.first?.toString() ?? null,
      last: each.last?.toString() ?? null,
      hour: each.hour === null ? null : formatInstant(each.hour),
    }
  }
}

function exitOf(result: LookResult): ExitCode {
  if (result.differences.length > 0) return EXIT.wrong
  return result.undecided > 0 || result.unmeasured > 0 ? EXIT.failed : EXIT.well
}

function inWords(result: LookResult, slugs: ReadonlyMap<string, string>): string[] {
  const { differences, events, waitingBatches, undecided, unmeasured } = result
  const lines: string[] = []
  if (differences.length > 0) {
    const rows = differences.slice(0, ROWS_MAX).map((each) => rowOf(each, slugs))
    lines.push(...textTable(['what', 'app', 'meter', 'hour', 'where', 'expected', 'found', 'difference'], rows), '')
    if (differences.length > ROWS_MAX) lines.push(`and ${differences.length - ROWS_MAX} more: --json tells all`, '')
  }
  if (waitingBatches > 0) lines.push(`${waitingBatches} journal batches are not projected yet: not compared`)
  if (undecided > 0) lines.push(`${undecided} figures could not be judged, because they were being written: look again`)
  if (unmeasured > 0) lines.push(`${unmeasured} groups were measured by another version of the rules: not compared`)
  if (differences.length === 0) return [...lines, `nothing differs: ${events} events compared`]
  const noun = differences.length === 1 ? 'difference' : 'differences'
  return [
    ...lines,
    `${differences.length} ${noun} in ${events} events, kept as incidents. Nothing was repaired: npm run meterbook -- rebuild`,
  ]
}

const WHAT: Record<Difference['what'], string> = {
  event_index: 'event index',
  event_identity: 'identities',
  usage_records: 'usage records',
  rollup_minute: 'minute rollup',
  rollup_hour: 'hour rollup',
  ledger_entry: 'ledger entries',
  statement: 'statement',
  statement_export: 'files of a statement',
  ledger_chain: 'ledger chain',
  audit_chain: 'audit log',
  journal_seal: 'journal seal',
}

function rowOf(each: Difference, slugs: ReadonlyMap<string, string>): string[] {
  const meter = each.meterVersion === null ? each.meter : `${each.meter} v${each.meterVersion}`
  const range = each.first === each.last ? `${each.first}` : `${each.first}–${each.last}`
  const where = [
    each.shard === null ? '' : `shard ${each.shard}${each.first === null ? '' : ` batch ${range}`}`,
    each.environment,
    each.isExempt === true ? 'exempt' : '',
    each.positions.length > 0 ? `(${each.positions.join(' ')})` : '',
  ]
  return [
    `${WHAT[each.what]}, ${each.figure}`,
    slugs.get(each.appId) ?? each.appId,
    meter,
    each.hour === null ? '' : formatInstant(each.hour),
    where.filter((part) => part !== '').join(' '),
    each.expected,
    each.found,
    each.difference,
  ]
}

function teller(context: CommandContext): (progress: Progress) => void {
  return ({ part, done, of, differences }) =>
    context.progress({ label: part, done, total: of, ...(differences > 0 && { note: `${differences} differences` }) })
}

function readTime(name: string, value: unknown): Instant | null {
  if (typeof value !== 'string') return null
  const parsed = parseInstant(value)
  if (parsed.ok) return parsed.value
  throw new UsageFault(`expected an RFC 3339 time for ${name}, as 2026-07-01T00:00:00Z, found ${JSON.stringify(value)}`)
}

function readApp(value: unknown, slugs: ReadonlyMap<string, string>): string | null {
  if (typeof value !== 'string') return null
  for (const [id, slug] of slugs) if (slug === value || id === value) return id
  throw new UsageFault(`expected the slug or id of an app for --app, found ${JSON.stringify(value)}`)
}
