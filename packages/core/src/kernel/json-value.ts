/**
 * A JSON number whose value a double would change, kept as it was written: 12345678901234567890 stays that number.
 * Never made for a number that a double holds.
 */
export class ExactNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** JSON as the house reads it. Objects have own members only; `__proto__` is a member like any other. */
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject
export type JsonObject = { [member: string]: JsonValue }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
}
