const KEY = Symbol.for('meterbook.web.held-reads')
const ENTRIES_MAX = 500

type Held = { until: number; answer: Promise<unknown>; isRenewing: boolean }

/** The key must name the tenant. For `ttlMs` an answer is handed out as it is; for `staleMs` more it is, too, while it is being renewed. */
export type HeldRead<T> = { key: string; ttlMs: number; staleMs?: number; nowMs: number; read: () => Promise<T> }

/**
 * Keeps an answer for a moment and hands it to everyone who asks the same: for reads that go back to the records themselves, so that ten
 * open pages cost as much as one, and none of them waits. A failed read is not kept, and a failed renewal leaves the old answer until it
 * is too old.
 */
export function heldRead<T>(input: HeldRead<T>): Promise<T> {
  const { held } = shared()
  const found = held.get(input.key)
  if (found && input.nowMs < found.until) return found.answer as Promise<T>
  if (found && input.nowMs < found.until + (input.staleMs ?? 0)) {
    renew(found, input)
    return found.answer as Promise<T>
  }
  if (held.size >= ENTRIES_MAX) held.clear()
  const answer = input.read()
  const entry = { until: input.nowMs + input.ttlMs, answer, isRenewing: false }
  held.set(input.key, entry)
  answer.catch(() => held.get(input.key) === entry && held.delete(input.key))
  return answer
}

function renew<T>(entry: Held, { read, ttlMs, nowMs }: HeldRead<T>): void {
  if (entry.isRenewing) return
  entry.isRenewing = true
  const store = shared()
  const renewed = store.queue.then(read)
  store.queue = renewed.catch(() => {})
  renewed.then(
    (answer) => {
      entry.answer = Promise.resolve(answer)
      entry.until = nowMs + ttlMs
      entry.isRenewing = false
    },
    () => {
      entry.isRenewing = false
    },
  )
}

/** Renewals stand in one queue, so that nobody who waits for the present shares the stores with more than one look at the past. */
function shared(): { held: Map<string, Held>; queue: Promise<unknown> } {
  const holder = globalThis as { [KEY]?: { held: Map<string, Held>; queue: Promise<unknown> } }
  holder[KEY] ??= { held: new Map(), queue: Promise.resolve() }
  return holder[KEY]
}

/** The answer, or null if it is not there within `patienceMs`; the read goes on, for whoever asks next. */
export async function within<T>(patienceMs: number, answer: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, patienceMs, null)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
