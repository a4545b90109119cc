/** SQL: a timestamp as microseconds since the epoch. By numeric, because a double of microseconds is exact today but not for ever. */
export function microsOf(column: string): string {
  return `trunc(extract(epoch FROM ${column}) * 1000000)::bigint`
}
