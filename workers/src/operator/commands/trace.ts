import { hash } from 'node:crypto'
import { eventIdentity } from '@meterbook/core/event'
import { formatInstant } from '@meterbook/core/kernel'
import { parseTraceparent, traceOfPlace, type WayStep, wayOf } from '@meterbook/core/trace'
import { type RecordedState, readHistory } from '@meterbook/db/clickhouse'
import { listJournalTraces, type Pool, readContents, readGroupTimes } from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { printable, readAppOption } from '../read-options.ts'
import { textTable } from '../text-table.ts'

export const trace: Command = {
  name: 'trace',
  summary: 'the way of one event, from its request to the rollups, with the time of every step',
  help: `npm run meterbook -- trace --app APP SOURCE ID [--json]

Prints when an event reached each step and how long that took: received, journalled, taken up by a worker, looked up, measured, inserted, and in rollups, from
where every chart and answer includes it. The trace is that of the event's own traceparent, else that of the request it came with, if its sender kept it
(sampled), else one made of its place in the journal. The begin of the request and the commit are known of sampled requests of the last month only.

  --app APP   the app (slug or id) that sent it
  SOURCE, ID  the event's own
  --json      one JSON object
  --help      these lines

Exit: 0 here it is, 1 there is no such event, or nobody has worked on it yet, 2 it could not look.`,
  options: { app: { type: 'string' } },
  wordsMax: 2,
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>, words: string[]): Promise<ExitCode> {
  const [source, id] = words
  if (source === undefined || id === undefined) throw new UsageFault('expected the source and the id of an event')
  const { pool, clickhouse } = context.stores()
  const app = await readAppOption(pool, values.app)
  if (app === null) throw new UsageFault('expected --app APP: source and id name an event of one app')
  const identity = eventIdentity({ app: app.id, source, id }, (text) => hash('sha256', text, 'hex'))
  const history = await readHistory(clickhouse, { appIds: [app.id], environments: null, identities: [identity] })
  // The first state: how the event itself came in, whatever acts did to it since.
  const [event] = history.states
  if (event === undefined) {
    if (context.isJson) context.print(JSON.stringify({ ok: false, error: 'not found' }))
    else context.print(`no event ${printable(id)} of ${printable(source)} has been worked on`)
    return EXIT.wrong
  }
  const found = await readTrace(pool, event)
  if (context.isJson) context.print(JSON.stringify(jsonOf(event, found)))
  else for (const line of inWords(event, found)) context.print(line)
  return EXIT.well
}

interface FoundTrace {
  id: string
  /** Who brought it; null: nobody, it is made of the event's place. */
  givenBy: 'event' | 'request' | null
  steps: WayStep[]
}

async function readTrace(pool: Pool, { shard, batch, pos, receivedAt }: RecordedState): Promise<FoundTrace> {
  const [group, [request = null], [content]] = await Promise.all([
    readGroupTimes(pool, { shard, number: batch }),
    listJournalTraces(pool, { shard, first: batch, last: batch, limit: 1 }),
    readContents(pool, { shard, places: [{ batch, pos }] }),
  ])
  const given = content?.event.extensions.traceparent
  const own = typeof given === 'string' ? (parseTraceparent(given)?.traceId ?? null) : null
  return {
    id: own ?? request?.traceId ?? traceOfPlace({ shard, batch, pos }),
    givenBy: own !== null ? 'event' : request !== null ? 'request' : null,
    steps: wayOf({ receivedAt, request, group }),
  }
}

function jsonOf({ shard, batch, pos, verdict }: RecordedState, { id, givenBy, steps }: FoundTrace): object {
  return {
    ok: true,
    trace: id,
    givenBy,
    verdict,
    journal: { shard, number: batch.toString(), position: pos },
    steps: steps.map(({ step, at, tookMicros }) => ({
      step,
      at: formatInstant(at),
      seconds: Number(tookMicros) / 1_000_000,
    })),
  }
}

const BROUGHT = { event: 'brought by the event', request: 'brought by its request' } as const

function inWords({ shard, batch, pos, verdict }: RecordedState, { id, givenBy, steps }: FoundTrace): string[] {
  const [first, last] = [steps[0], steps.at(-1)]
  const all = first === undefined || last === undefined ? 0n : last.at - first.at
  return [
    `trace ${id}, ${givenBy === null ? 'made of its place in the journal' : BROUGHT[givenBy]}`,
    `${verdict}, event ${pos + 1} of row ${batch} of shard ${shard}`,
    '',
    ...textTable(
      ['step', 'reached', 'took'],
      steps.map(({ step, at, tookMicros }, index) => [step, formatInstant(at), index === 0 ? '' : inMs(tookMicros)]),
    ),
    '',
    `${inMs(all)} from ${first?.step ?? 'nothing'} to ${last?.step ?? 'nothing'}`,
  ]
}

function inMs(micros: bigint): string {
  return `${(Number(micros) / 1_000).toFixed(1)} ms`
}
