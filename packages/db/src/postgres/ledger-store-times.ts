import { formatInstant } from '@meterbook/core/kernel'

/** SQL: a timestamp as microseconds, or as Postgres writes it where no instant of ours can be like it (infinity, a year before 1 or after 9999). */
export function anyMicrosOf(column: string): string {
  const isOurs = `${column} BETWEEN '0001-01-01Z' AND '9999-12-31Z'`
  return `CASE WHEN ${isOurs} THEN trunc(extract(epoch FROM ${column}) * 1000000)::text ELSE ${column}::text END`
}

/** The text that an entry has for it, or what was found in its place: a verifier is to name it, not to fail at it. */
export function instantTextOf(micros: string): string {
  return /^-?\d+$/.test(micros) ? formatInstant(BigInt(micros)) : micros
}
