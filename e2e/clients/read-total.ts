import { meterValue } from '../events.ts'

/** A meter's total over all time, by the public query route; 0 when it has no row yet. Throws on any other answer than 200. */
export async function readTotal(input: { url: string; key: string; meter: string }): Promise<number> {
  return Number((await meterValue(input)) ?? 0)
}
