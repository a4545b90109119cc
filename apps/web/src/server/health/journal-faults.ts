/** Remembers why the journal last failed in this process, until it takes something again: Postgres may answer and still not write. */
export class JournalFaults {
  #fault: { reason: string; atMs: number } | null = null

  /** Follows one append; answers as it does. */
  async watch<T>(append: Promise<T>): Promise<T> {
    try {
      const positions = await append
      this.#fault = null
      return positions
    } catch (error) {
      this.#fault = { reason: reasonOf(error), atMs: performance.now() }
      throw error
    }
  }

  /** The last failure, if nothing was written since and it is not older than this; else null. */
  since(ms: number): string | null {
    return this.#fault !== null && performance.now() - this.#fault.atMs <= ms ? this.#fault.reason : null
  }
}

/** What Postgres called it, e.g. `53100` for a full disk; a sentence could quote what was sent. */
function reasonOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } }
  if (typeof cause?.code === 'string') return cause.code
  return typeof code === 'string' ? code : 'no answer'
}
