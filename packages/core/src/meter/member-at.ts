import { isJsonObject, type JsonObject, type JsonValue } from '../kernel/index.ts'

/** The value at a path, or undefined where it leads nowhere. Own members only: `$.constructor` of `{}` is missing. */
export function memberAt(data: JsonObject | null, path: readonly (string | number)[]): JsonValue | undefined {
  let value: JsonValue | undefined = data ?? undefined
  for (const segment of path) {
    if (typeof segment === 'number') value = Array.isArray(value) ? value[segment] : undefined
    else
      value = value !== undefined && isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined
    if (value === undefined) return undefined
  }
  return value
}
