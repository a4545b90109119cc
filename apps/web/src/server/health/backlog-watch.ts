import { type Pool, readShardLags, type ShardLag } from '@meterbook/db/postgres'

const LOOK_MS = 1_000
/** Beyond this age of the oldest batch that is not projected, the door sheds load: near real time would no longer be true. */
const WAIT_MS_MAX = 120_000
const RETRY_AFTER_SECONDS = 5

export type Admission = { ok: true } | { ok: false; status: 429 | 503; retryAfterSeconds: number }

/** Looks at the projection's lag once a second, so that no request has to. */
export class BacklogWatch {
  readonly #pool: Pool
  readonly #timer: NodeJS.Timeout
  #lags: ShardLag[] = []

  constructor(pool: Pool) {
    this.#pool = pool
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
    this.#timer.unref()
    void this.#look()
  }

  /** Whether a request may be taken now. While Postgres itself is away the journal says so, not this. */
  admit(nowMs: number): Admission {
    const isLate = waitingMs(this.#lags, nowMs) > WAIT_MS_MAX
    return isLate ? { ok: false, status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS } : { ok: true }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    try {
      this.#lags = await readShardLags(this.#pool)
    } catch {
      // Postgres is away: the last look stands until the next.
    }
  }
}

/** Age of the oldest batch that is not projected, over all shards; 0 if none waits. */
export function waitingMs(lags: readonly ShardLag[], nowMs: number): number {
  let oldest = 0
  for (const { waitingSince } of lags) {
    if (waitingSince !== null) oldest = Math.max(oldest, nowMs - Number(waitingSince / 1000n))
  }
  return oldest
}
