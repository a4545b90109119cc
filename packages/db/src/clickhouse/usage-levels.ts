import { WINDOWS_MAX, type WindowRun } from '@meterbook/core/window'
import type { ClickHouseClient } from './client.ts'
import { createBinder, dimensionColumn, dimensionConditions, scopeConditions } from './usage-filter.ts'
import { type MeterQuery, type PartRow, PLACE_KEYS, QUERY_SETTINGS } from './usage-parts.ts'
import { TooManyRows, USAGE_ROWS_MAX } from './usage-reader.ts'
import { inForce } from './usage-source.ts'

const SERIES = 'app, environment, subject'
const ORDER = 'at, shard, batch, pos'
const COLUMNS =
  'space, app, environment, installation, exempt, subject, meter_version, dims, quantity, at, shard, batch, pos'

/**
 * TIME_WEIGHTED: sampled levels integrated over time, per app, environment and subject; the same as integrateLevels in core, and tested
 * against it. The last sample before the range is carried in, whatever its age; a level holds until the series' next sample, and not
 * beyond `through`. `runs` null: one window over [from, to). Samples that were reversed never held.
 *
 * To find the last sample before the range, all earlier samples of the meter are looked at, but only by series and time; the rest of a
 * sample is read of the last ones alone. Sorting whole samples instead took up to four times as long over six million of them.
 *
 * A sample of another space or dimension ends a level too: filters on those decide what is reported, not what held. One subject has one
 * level at a time.
 */
export async function readLevels(
  client: ClickHouseClient,
  { query, from, to, runs }: { query: MeterQuery; from: bigint; to: bigint; runs: WindowRun[] | null },
): Promise<PartRow[]> {
  const until = query.through < to ? query.through : to
  if (until <= from) return []
  const windows = runs ? runs.map(inMicros) : [{ first: from, step: to - from, count: 1 }]
  if (windows.reduce((sum, run) => sum + run.count, 0) > WINDOWS_MAX) throw new TooManyRows()
  const binder = createBinder()
  const bound = {
    from: binder.bind(from, 'Int64'),
    until: binder.bind(until, 'Int64'),
    firsts: binder.bind(
      windows.map((run) => run.first),
      'Array(Int64)',
    ),
    steps: binder.bind(
      windows.map((run) => run.step),
      'Array(Int64)',
    ),
    bases: binder.bind(basesOf(windows), 'Array(Int64)'),
  }
  const scope = scopeConditions(query.scope, binder)
  const sampled = [
    ...scope.series,
    `u.meter = ${binder.bind(query.meter.slug, 'String')}`,
    ...(query.subjects ? [`u.subject IN ${binder.bind(query.subjects, 'Array(String)')}`] : []),
  ]
  const reported = [...scope.space, ...dimensionConditions(query.filters, binder)]
  const fromAt = `fromUnixTimestamp64Micro(${bound.from}, 'UTC')`
  const within = inForce([...sampled, `u.at >= ${fromAt}`, `u.at < fromUnixTimestamp64Micro(${bound.until}, 'UTC')`])
  const before = inForce([...sampled, `u.at < ${fromAt}`])
  const keys = {
    start: 'w_start',
    step: 'w_step',
    ...(query.isByApp && { app_id: 'u.app' }),
    ...(query.isByPlace && PLACE_KEYS),
    ...(query.isBySubject && { subject: 'u.subject' }),
    ...Object.fromEntries(query.groupBy.map((dimension, index) => [`g${index}`, dimensionColumn(dimension, binder)])),
    version: 'u.meter_version',
  }
  const names = Object.keys(keys).join(', ')
  const result = await client.query({
    query: `WITH
      samples AS (
        SELECT ${COLUMNS} FROM usage_records AS u
        WHERE ${within.join(' AND ')}
        UNION ALL
        SELECT ${COLUMNS} FROM (
          SELECT ${COLUMNS} FROM usage_records AS u
          WHERE ${[...before, `(${SERIES}, at) IN (SELECT ${SERIES}, max(at) FROM usage_records AS u WHERE ${before.join(' AND ')} GROUP BY ${SERIES})`].join(' AND ')}
          ORDER BY shard DESC, batch DESC, pos DESC LIMIT 1 BY ${SERIES}
        )
      ),
      held AS (
        SELECT *, toUnixTimestamp64Micro(at) AS seen, greatest(seen, ${bound.from}) AS begins,
          leadInFrame(toUnixTimestamp64Micro(at), 1, ${bound.until}) OVER (
            PARTITION BY ${SERIES} ORDER BY ${ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
          ) AS ends
        FROM samples
      ),
      spread AS (
        SELECT *,
          ${windowIndex('begins', bound)} AS first_window,
          if(quantity = 0 OR ends <= begins, first_window, ${windowIndex('greatest(ends - 1, begins)', bound)}) AS last_window,
          arrayJoin(range(first_window, last_window + 1)) AS w,
          roundDown(w, ${bound.bases}) AS w_base,
          transform(w_base, ${bound.bases}, ${bound.steps}, toInt64(1)) AS w_step,
          transform(w_base, ${bound.bases}, ${bound.firsts}, toInt64(0)) + (w - w_base) * w_step AS w_start,
          greatest(toInt64(0), least(ends, w_start + w_step) - greatest(begins, w_start)) AS overlap,
          seen >= ${bound.from} AND seen >= w_start AND seen < w_start + w_step AS is_sampled
        FROM held
      )
      SELECT ${Object.entries(keys)
        .map(([name, expression]) => `${expression} AS ${name}`)
        .join(', ')},
        countIf(is_sampled) AS n, sum(u.quantity * overlap) AS level_micros
      FROM spread AS u
      WHERE ${[...reported, '(is_sampled OR (u.quantity != 0 AND overlap > 0))'].join(' AND ')}
      GROUP BY ${names}
      ORDER BY ${names}
      LIMIT ${USAGE_ROWS_MAX + 1}`,
    query_params: binder.params,
    clickhouse_settings: QUERY_SETTINGS,
    format: 'JSONEachRow',
  })
  const rows = await result.json<Omit<PartRow, 'groups'> & Record<`g${number}`, string>>()
  return rows.map((row) => ({ ...row, groups: query.groupBy.map((_, index) => row[`g${index}`] ?? '') }))
}

interface MicroRun {
  first: bigint
  step: bigint
  count: number
}

function inMicros(run: WindowRun): MicroRun {
  return { first: BigInt(run.first) * 1_000_000n, step: BigInt(run.step) * 1_000_000n, count: run.count }
}

/** How many windows came before each run: windows are numbered through, so that a level can be spread over a range of numbers. */
function basesOf(runs: readonly MicroRun[]): number[] {
  let before = 0
  return runs.map((run) => {
    const base = before
    before += run.count
    return base
  })
}

export function windowIndex(micros: string, bound: { firsts: string; steps: string; bases: string }): string {
  const run = `roundDown(${micros}, ${bound.firsts})`
  const step = `transform(${run}, ${bound.firsts}, ${bound.steps}, toInt64(1))`
  return `transform(${run}, ${bound.firsts}, ${bound.bases}, toInt64(0)) + intDiv(${micros} - ${run}, ${step})`
}
