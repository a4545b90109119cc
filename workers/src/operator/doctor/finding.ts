// The doctor: looks at everything a Meterbook stands on, one thing at a time, and says what to do about what it finds.
// Promises: it changes nothing; what could not be looked at is said to be unknown, never well; no secret is printed.
// Does not know: how to mend anything by itself.

/** `unknown`: it could not be looked at, because something it needs is away. */
export interface Finding {
  name: string
  state: 'well' | 'wrong' | 'unknown'
  /** What was found, in words. */
  found: string
  /** What to do; empty where all is well. */
  advice: string
}

export function well(name: string, found: string): Finding {
  return { name, state: 'well', found, advice: '' }
}

export function wrong(name: string, found: string, advice: string): Finding {
  return { name, state: 'wrong', found, advice }
}

export function unknown(name: string, found: string, advice = ''): Finding {
  return { name, state: 'unknown', found, advice }
}

/** The code that a store, a driver or the system gave its error; its sentences stay inside, they may quote what a store holds. */
export function codeOf(error: unknown): string {
  const { type, code, name } = (error ?? {}) as { type?: unknown; code?: unknown; name?: unknown }
  for (const word of [type, code, name]) if (typeof word === 'string' && word !== '') return word
  return 'no answer'
}

/** A promise, or a timeout: a doctor who waits for ever helps nobody. */
export async function within<T>(answer: Promise<T>, msMax: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer in time'), { code: 'timeout' })), msMax)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    answer.catch(() => undefined)
  }
}
