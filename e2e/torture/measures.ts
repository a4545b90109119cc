// What every event type of the run is worth, in plain code: the rules of the catalogue said a second time, by hand.
// Promises: no rule is read from the catalogue, no function is shared with the measuring code that is judged.
// Does not know: who may be measured, when, or what was sent before.
import { least, PARTS, quantityOf } from './exact.ts'

/** A number as it is written in the event, so that no digit passes through a double. */
export class Numeral {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export type Value = string | boolean | null | Numeral | readonly Value[]
export type Data = Record<string, Value> | null

export type Aggregation =
  | 'SUM'
  | 'COUNT'
  | 'UNIQUE_COUNT'
  | 'MIN'
  | 'MAX'
  | 'AVG'
  | 'LATEST'
  | 'PERCENTILE'
  | 'TIME_WEIGHTED'

export type Fault = 'value_missing' | 'value_null' | 'value_not_a_number' | 'value_out_of_range' | 'subject_missing'

/** What a meter has of one event: parts of one base unit, and the text that is counted once. */
export interface Measured {
  quantity: bigint
  unique: string
}

export interface TruthVersion {
  version: number
  /** Microseconds since 1970. */
  from: bigint
  divisor: bigint
  measure(data: Data): Measured | Fault
}

export interface TruthMeter {
  slug: string
  capability: string
  type: string
  aggregation: Aggregation
  /** PERCENTILE only: 90 of 100. */
  percent?: number
  dimensions: readonly string[]
  needsSubject: boolean
  /** Oldest first. */
  versions: readonly TruthVersion[]
}

const GIGABYTE = 1024n ** 3n

/** The demo's meters, then the run's own. `boundary`: when version 2 of the run's sum begins. */
export function truthMeters(boundary: bigint): TruthMeter[] {
  const always = (measure: TruthVersion['measure'], divisor = 1n): TruthVersion[] => [
    { version: 1, from: -(10n ** 18n), divisor, measure },
  ]
  const meter = (
    slug: string,
    type: string,
    aggregation: Aggregation,
    versions: TruthVersion[],
    more: Partial<TruthMeter> = {},
  ): TruthMeter => ({
    slug,
    type,
    aggregation,
    versions,
    capability: slug,
    dimensions: [],
    needsSubject: aggregation === 'TIME_WEIGHTED',
    ...more,
  })
  const reading = { dimensions: ['kind'] }
  return [
    meter('requests', 'request', 'COUNT', always(one), { dimensions: ['method', 'route'] }),
    meter('tokens_total', 'prompt', 'SUM', always(numberAt('tokens')), { dimensions: ['model', 'type'] }),
    meter('users_total', 'signin', 'UNIQUE_COUNT', always(textAt('user'))),
    meter('peak_connections', 'connections', 'MAX', always(numberAt('open')), { dimensions: ['region'] }),
    meter('functions_duration', 'function.invoked', 'SUM', always(invocation, 1_024_000n), {
      capability: 'functions.duration',
      dimensions: ['outcome'],
    }),
    meter('kvs_reads', 'kvs.read', 'SUM', always(emptyReadsAsKilobytes, GIGABYTE), { capability: 'kvs.reads' }),
    meter('kvs_writes', 'kvs.written', 'SUM', always(numberAt('bytes'), GIGABYTE), { capability: 'kvs.writes' }),
    meter('logs_writes', 'logs.written', 'SUM', always(numberAt('bytes'), GIGABYTE), { capability: 'logs.writes' }),
    meter('sql_compute', 'sql.executed', 'SUM', always(numberAt('durationMs'), 3_600_000n), {
      capability: 'sql.compute',
    }),
    meter('sql_requests', 'sql.executed', 'SUM', always(numberAt('statements', PARTS)), { capability: 'sql.requests' }),
    meter('sql_stored', 'sql.level', 'TIME_WEIGHTED', always(numberAt('bytes'), GIGABYTE), {
      capability: 'sql.stored',
    }),
    meter('objects_requests', 'object.requested', 'COUNT', always(one), { capability: 'objects.requests' }),
    meter('containers_compute', 'container.level', 'TIME_WEIGHTED', always(numberAt('vcpu')), {
      capability: 'containers.compute',
    }),
    meter('containers_memory', 'container.level', 'TIME_WEIGHTED', always(numberAt('memoryMiB'), 1024n), {
      capability: 'containers.memory',
    }),
    meter('torture_avg', 'torture.reading', 'AVG', always(numberAt('value'), 3n), reading),
    meter('torture_latest', 'torture.reading', 'LATEST', always(numberAt('value')), reading),
    meter('torture_min', 'torture.reading', 'MIN', always(numberAt('value'), 1024n), reading),
    meter('torture_p90', 'torture.reading', 'PERCENTILE', always(numberAt('value')), { ...reading, percent: 90 }),
    meter(
      'torture_sum',
      'torture.reading',
      'SUM',
      [
        ...always(numberAt('value')),
        { version: 2, from: boundary, divisor: 1000n, measure: threefold(numberAt('value')) },
      ],
      reading,
    ),
    meter('torture_untimed', 'torture.untimed', 'COUNT', always(one)),
  ]
}

/** The text that a dimension has of an event: empty where there is no such member. */
export function dimensionText(data: Data, name: string): string {
  const value = data?.[name]
  if (value === undefined || Array.isArray(value)) return ''
  return value instanceof Numeral ? value.text : String(value)
}

function one(): Measured {
  return { quantity: PARTS, unique: '' }
}

function numberAt(name: string, otherwise?: bigint): (data: Data) => Measured | Fault {
  return (data) => {
    const value = data?.[name]
    if ((value === undefined || value === null) && otherwise !== undefined) return { quantity: otherwise, unique: '' }
    if (value === undefined) return 'value_missing'
    if (value === null) return 'value_null'
    const text = value instanceof Numeral ? value.text : value
    if (typeof text !== 'string') return 'value_not_a_number'
    const quantity = quantityOf(text)
    return typeof quantity === 'bigint' ? { quantity, unique: '' } : quantity
  }
}

function textAt(name: string): (data: Data) => Measured | Fault {
  return (data) => {
    const value = data?.[name]
    if (value === undefined || value === '') return 'value_missing'
    if (value === null) return 'value_null'
    if (Array.isArray(value)) return 'value_not_a_number'
    return { quantity: PARTS, unique: dimensionText(data, name) }
  }
}

function threefold(measure: TruthVersion['measure']): TruthVersion['measure'] {
  return (data) => {
    const measured = measure(data)
    return typeof measured === 'string' ? measured : { ...measured, quantity: measured.quantity * 3n }
  }
}

/** MiB × ms; a crash is measured at the lower of its time and its timeout. */
function invocation(data: Data): Measured | Fault {
  const memory = numberAt('memoryMiB', 512n * PARTS)(data)
  const duration = numberAt('durationMs')(data)
  if (typeof memory === 'string') return memory
  if (typeof duration === 'string') return duration
  const isCut = data?.outcome === 'crash' || data?.outcome === 'oom'
  const timeout = numberAt('timeoutMs', duration.quantity)(data)
  if (isCut && typeof timeout === 'string') return timeout
  const limit = isCut && typeof timeout !== 'string' ? timeout.quantity : duration.quantity
  const time = least(limit, duration.quantity)
  return { quantity: (memory.quantity * time) / PARTS, unique: '' }
}

function emptyReadsAsKilobytes(data: Data): Measured | Fault {
  const measured = numberAt('bytes')(data)
  return typeof measured === 'string' || measured.quantity !== 0n ? measured : { quantity: 1024n * PARTS, unique: '' }
}
