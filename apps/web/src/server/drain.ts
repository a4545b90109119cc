const KEY = Symbol.for('meterbook.web.drain')

/**
 * The one signal that says "this process is going away". On globalThis, because Next's bundle holds its own copy of this file: the
 * event streams it serves must hear what the server decides.
 */
export function getDrain(): AbortController {
  const shared = globalThis as { [KEY]?: AbortController }
  shared[KEY] ??= new AbortController()
  return shared[KEY]
}
