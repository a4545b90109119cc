import { setTimeout as delay } from 'node:timers/promises'
import { formatInstant } from '@meterbook/core/kernel'
import type { Verdict } from '@meterbook/core/projection'
import { type EventFilter, type IndexedEvent, listEvents } from '@meterbook/db/clickhouse'
import { listAppSlugs } from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { printable, readAppOption, readCountOption, secondOf } from '../read-options.ts'

const VERDICTS: readonly string[] = ['counted', 'duplicate', 'conflict', 'quarantined']
const LOOK_MS = 1_000
const LINES = { initial: 20, most: 1_000 }
/** What one look sees at most; of more than this in a second, the oldest by their own time are not shown. */
const SEEN_MAX = 1_000

export const events: Command = {
  name: 'events',
  summary: 'events tail: the newest events with their verdicts, as they are worked on',
  help: `npm run meterbook -- events tail [--app APP] [--verdict V]… [--type T]… [--lines N] [--no-follow] [--json]

Prints the newest events, oldest first, and goes on with those that come, until Ctrl-C: when it happened, app, verdict and reason, type, source and id. Never the
data. Of more than ${SEEN_MAX} events a second it shows the newest.

  --app APP     only this app's (slug or id)
  --verdict V   only these: ${VERDICTS.join(', ')}; several times for several
  --type T      only this event type; several times for several
  --lines N     how many to begin with (default: ${LINES.initial})
  --no-follow   print those and end
  --json        one JSON object a line
  --help        these lines

Exit: 0 it was ended, 2 it could not look.`,
  options: {
    app: { type: 'string' },
    verdict: { type: 'string', multiple: true },
    type: { type: 'string', multiple: true },
    lines: { type: 'string' },
    'no-follow': { type: 'boolean' },
  },
  wordsMax: 1,
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>, words: string[]): Promise<ExitCode> {
  if (words[0] !== 'tail') throw new UsageFault(`expected events tail, found events ${words[0] ?? 'and nothing more'}`)
  const { pool, clickhouse } = context.stores()
  const app = await readAppOption(pool, values.app)
  const filter: EventFilter = {
    appIds: app === null ? null : [app.id],
    spaceId: null,
    environments: null,
    verdicts: verdictsOf(values.verdict),
    types: Array.isArray(values.type) ? values.type.map(String) : undefined,
  }
  const lines = readCountOption('--lines', values.lines, LINES)
  let slugs = await listAppSlugs(pool)
  let seen = new Set<string>()
  for (let isFirst = true; ; isFirst = false) {
    const found = await listEvents(clickhouse, { filter, limit: isFirst ? lines : SEEN_MAX })
    const fresh = found.filter((event) => !seen.has(placeOf(event)))
    if (fresh.some(({ appId }) => !slugs.has(appId))) slugs = await listAppSlugs(pool)
    // What fell out of sight on the first look is older than what was shown.
    if (isFirst) seen = new Set((await listEvents(clickhouse, { filter, limit: SEEN_MAX })).map(placeOf))
    for (const event of fresh.reverse()) {
      seen.add(placeOf(event))
      context.print(context.isJson ? jsonOf(event, slugs) : lineOf(event, slugs))
    }
    if (values['no-follow'] === true || context.signal.aborted) return EXIT.well
    await delay(LOOK_MS, undefined, { signal: context.signal }).catch(() => undefined)
    if (context.signal.aborted) return EXIT.well
  }
}

function verdictsOf(value: unknown): Verdict[] | undefined {
  if (!Array.isArray(value)) return undefined
  const unknown = value.find((each) => !VERDICTS.includes(String(each)))
  if (unknown === undefined) return value as Verdict[]
  throw new UsageFault(`expected --verdict to be one of ${VERDICTS.join(', ')}, found ${JSON.stringify(unknown)}`)
}

function placeOf({ shard, batch, pos }: IndexedEvent): string {
  return `${shard}:${batch}:${pos}`
}

function lineOf(event: IndexedEvent, slugs: ReadonlyMap<string, string>): string {
  const { at, appId, verdict, reason, type, source, id } = event
  const became = reason === '' ? verdict : `${verdict} (${reason})`
  return [secondOf(at), slugs.get(appId) ?? appId, became, ...[type, source, id].map(printable)].join('  ')
}

function jsonOf(event: IndexedEvent, slugs: ReadonlyMap<string, string>): string {
  const { shard, batch, pos, appId, source, id, type, subject, at, receivedAt, environment, installation } = event
  return JSON.stringify({
    ...{ source, id, type, subject, environment, installation, app: slugs.get(appId) ?? appId },
    ...{ time: formatInstant(at), receivedAt: formatInstant(receivedAt), verdict: event.verdict, reason: event.reason },
    journal: { shard, number: batch.toString(), position: pos },
  })
}
