import { ExactNumber } from '@meterbook/core/kernel'

/** The language has it, its types do not yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** JSON in which a number that no double holds keeps its digits. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value, (_member, part: unknown) => (part instanceof ExactNumber ? rawJSON(part.text) : part))
}
