import { type Instant, instantToMs } from '@meterbook/core/kernel'

/** A day's own name, from where it begins. */
export function dayNames(zone: string): (start: Instant) => string {
  const names = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  return (start) => names.format(instantToMs(start))
}
