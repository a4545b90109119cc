const KEY = Symbol.for('meterbook.web.held-reads')
const ENTRIES_MAX = 500

type Held = { until: number; answer: Promise<unknown> }

/**
 * Keeps an answer for `ttlMs` and hands it to everyone who asks the same: for reads that go back to the records themselves, so that ten
 * open pages cost as much as one. A failed read is not kept. The key must name the tenant.
 */
export function heldRead<T>(input: { key: string; ttlMs: number; nowMs: number; read: () => Promise<T> }): Promise<T> {
  const shared = globalThis as { [KEY]?: Map<string, Held> }
  shared[KEY] ??= new Map()
  const held = shared[KEY]
  const found = held.get(input.key)
  if (found && found.until > input.nowMs) return found.answer as Promise<T>
  if (held.size >= ENTRIES_MAX) held.clear()
  const answer = input.read()
  held.set(input.key, { until: input.nowMs + input.ttlMs, answer })
  answer.catch(() => held.delete(input.key))
  return answer
}
