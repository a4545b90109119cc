import type { Aggregation, ValueRule } from '@meterbook/core/catalogue'

/** A capability that nothing is charged for: what a newcomer's first events are counted under. */
export interface FreeCapability {
  key: string
  name: string
  unit: string
  shape: string
}

export interface DemoMeter {
  slug: string
  name: string
  capabilityKey: string
  eventType: string
  aggregation: Aggregation
  /** Null: each event counts 1. */
  value: ValueRule | null
  /** Quantity in the capability's unit = recorded base measure ÷ divisor. */
  divisor: string
  groupBy: Record<string, string>
  subjectRequired: boolean
}

export const FREE_CAPABILITIES: readonly FreeCapability[] = [
  { key: 'requests', name: 'Requests', unit: 'request', shape: 'count' },
  { key: 'tokens_total', name: 'Tokens', unit: 'token', shape: 'sum' },
  { key: 'users_total', name: 'Users', unit: 'user', shape: 'distinct count' },
  { key: 'peak_connections', name: 'Peak connections', unit: 'connection', shape: 'highest value' },
]

const GIGABYTE = '1073741824'
const PLAIN = { groupBy: {}, subjectRequired: false }

/** Milliseconds that a call is measured at: cut at its timeout when it crashed or ran out of memory. */
const MEASURED_MS: ValueRule = {
  when: { path: '$.outcome', in: ['crash', 'oom'] },
  // biome-ignore lint/suspicious/noThenProperty: a rule is data, never awaited
  then: { min: [{ path: '$.durationMs' }, { path: '$.timeoutMs', orElse: { path: '$.durationMs' } }] },
  otherwise: { path: '$.durationMs' },
}

/** The meters that the public contract names, for first steps and for the price book. */
export const METERS: readonly DemoMeter[] = [
  {
    slug: 'requests',
    name: 'Requests',
    capabilityKey: 'requests',
    eventType: 'request',
    aggregation: 'COUNT',
    value: null,
    divisor: '1',
    groupBy: { method: '$.method', route: '$.route' },
    subjectRequired: false,
  },
  {
    slug: 'tokens_total',
    name: 'Tokens',
    capabilityKey: 'tokens_total',
    eventType: 'prompt',
    aggregation: 'SUM',
    value: { path: '$.tokens' },
    divisor: '1',
    groupBy: { model: '$.model', type: '$.type' },
    subjectRequired: false,
  },
  {
    slug: 'users_total',
    name: 'Users',
    capabilityKey: 'users_total',
    eventType: 'signin',
    aggregation: 'UNIQUE_COUNT',
    value: { path: '$.user' },
    divisor: '1',
    ...PLAIN,
  },
  {
    slug: 'peak_connections',
    name: 'Peak connections',
    capabilityKey: 'peak_connections',
    eventType: 'connections',
    aggregation: 'MAX',
    value: { path: '$.open' },
    divisor: '1',
    groupBy: { region: '$.region' },
    subjectRequired: false,
  },
  {
    slug: 'functions_duration',
    name: 'Functions: Duration',
    capabilityKey: 'functions.duration',
    eventType: 'function.invoked',
    aggregation: 'SUM',
    value: { product: [{ path: '$.memoryMiB', default: '512' }, MEASURED_MS] },
    // MiB x ms in one GB-second: 1,024 x 1,000.
    divisor: '1024000',
    groupBy: { outcome: '$.outcome' },
    subjectRequired: false,
  },
  {
    slug: 'kvs_reads',
    name: 'Key-value store: Reads',
    capabilityKey: 'kvs.reads',
    eventType: 'kvs.read',
    aggregation: 'SUM',
    value: { path: '$.bytes', zeroAs: '1024' },
    divisor: GIGABYTE,
    ...PLAIN,
  },
  {
    slug: 'kvs_writes',
    name: 'Key-value store: Writes',
    capabilityKey: 'kvs.writes',
    eventType: 'kvs.written',
    aggregation: 'SUM',
    value: { path: '$.bytes' },
    divisor: GIGABYTE,
    ...PLAIN,
  },
  {
    slug: 'logs_writes',
    name: 'Logs: Writes',
    capabilityKey: 'logs.writes',
    eventType: 'logs.written',
    aggregation: 'SUM',
    value: { path: '$.bytes' },
    divisor: GIGABYTE,
    ...PLAIN,
  },
  {
    slug: 'sql_compute',
    name: 'SQL: Compute duration',
    capabilityKey: 'sql.compute',
    eventType: 'sql.executed',
    aggregation: 'SUM',
    value: { path: '$.durationMs' },
    divisor: '3600000',
    ...PLAIN,
  },
  {
    slug: 'sql_requests',
    name: 'SQL: Compute requests',
    capabilityKey: 'sql.requests',
    eventType: 'sql.executed',
    aggregation: 'SUM',
    value: { path: '$.statements', default: '1' },
    divisor: '1',
    ...PLAIN,
  },
  {
    slug: 'sql_stored',
    name: 'SQL: Data stored',
    capabilityKey: 'sql.stored',
    eventType: 'sql.level',
    aggregation: 'TIME_WEIGHTED',
    value: { path: '$.bytes' },
    divisor: GIGABYTE,
    groupBy: {},
    subjectRequired: true,
  },
  {
    slug: 'objects_requests',
    name: 'Object store: Requests',
    capabilityKey: 'objects.requests',
    eventType: 'object.requested',
    aggregation: 'COUNT',
    value: null,
    divisor: '1',
    ...PLAIN,
  },
  {
    slug: 'containers_compute',
    name: 'Containers: Compute',
    capabilityKey: 'containers.compute',
    eventType: 'container.level',
    aggregation: 'TIME_WEIGHTED',
    value: { path: '$.vcpu' },
    divisor: '1',
    groupBy: {},
    subjectRequired: true,
  },
  {
    slug: 'containers_memory',
    name: 'Containers: Memory',
    capabilityKey: 'containers.memory',
    eventType: 'container.level',
    aggregation: 'TIME_WEIGHTED',
    value: { path: '$.memoryMiB' },
    // MiB in one GiB.
    divisor: '1024',
    groupBy: {},
    subjectRequired: true,
  },
]
