import { setTimeout as pause } from 'node:timers/promises'
import { requestEvent, type SentEvent } from '../events.ts'

const BATCH_EVENTS = 50
const PAUSE_MS = 40

/** What the senders were told. Retries are of the very same events, as an honest client's are. */
export interface Told {
  /** Ids of every event that was acknowledged. */
  acknowledged: Set<string>
  /** Answers that were not 2xx, by status; 0: no answer. */
  refused: Map<number, number>
  /** The answers that were not 2xx, one of each kind. */
  problems: Problem[]
  /** Answers in order of their arrival. */
  answers: { atMs: number; status: number }[]
}

export interface Problem {
  status: number
  contentType: string | null
  retryAfter: string | null
  body: Record<string, unknown>
}

export interface SteadyLoad {
  told: Told
  /** Lets the senders finish what they have begun, until it is acknowledged, and resolves with what they were told. */
  stop(): Promise<Told>
}

/** Some senders, each a small batch at a time, about a thousand events a second in all; every tenth batch is sent twice. */
export function startSteadyLoad(input: { url: string; key: string; name: string; senders?: number }): SteadyLoad {
  const { url, key, name, senders = 2 } = input
  const told: Told = { acknowledged: new Set(), refused: new Map(), problems: [], answers: [] }
  let isStopping = false
  const done = Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)))
  return {
    told,
    async stop() {
      isStopping = true
      await done
      return told
    },
  }

  async function send(sender: number): Promise<void> {
    for (let batch = 0; !isStopping; batch++) {
      const events = Array.from({ length: BATCH_EVENTS }, (_, index) =>
        requestEvent(`${name}-${sender}-${batch}-${index}`, { subject: name }),
      )
      await sendUntilTaken(events)
      if (batch % 10 === 0) await sendUntilTaken(events)
      for (const { id } of events) told.acknowledged.add(id)
      await pause(PAUSE_MS)
    }
  }

  async function sendUntilTaken(events: readonly SentEvent[]): Promise<void> {
    for (;;) {
      const status = await sendOnce(events)
      told.answers.push({ atMs: performance.now(), status })
      if (status === 204) return
      told.refused.set(status, (told.refused.get(status) ?? 0) + 1)
      await pause(PAUSE_MS)
    }
  }

  async function sendOnce(events: readonly SentEvent[]): Promise<number> {
    try {
      const answer = await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${key}` },
        body: JSON.stringify(events),
      })
      const text = await answer.text()
      if (answer.status >= 300 && !told.problems.some((problem) => problem.status === answer.status)) {
        told.problems.push({
          status: answer.status,
          contentType: answer.headers.get('content-type'),
          retryAfter: answer.headers.get('retry-after'),
          body: JSON.parse(text) as Record<string, unknown>,
        })
      }
      return answer.status
    } catch {
      return 0
    }
  }
}
