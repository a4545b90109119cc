// server/evidence: the evidence of a charge for somebody who asked for it in the portal.
// Promises: made in a thread of its own, one at a time, within a bounded time, since events are taken by the same process; verified before it is given out.
// Does not know: who may ask, what a bundle holds, how one is verified.
import { Worker } from 'node:worker_threads'
import { type EvidenceAsked, EvidenceRefused, exportEvidence } from '@meterbook/db/evidence'
import type { EventStores } from '../events/event-sight.ts'

/** A bundle, or why there is none. busy: another one is being made; late: it was not made in time. Asking again helps. */
export type EvidenceAnswer = { bundle: Uint8Array } | { refused: string } | 'busy' | 'late'
export type EvidenceMaker = (asked: EvidenceAsked) => Promise<EvidenceAnswer>

/** What the thread is given. It opens connections of its own. */
export interface EvidenceTask {
  databaseUrl: string
  clickhouseUrl: string
  asked: EvidenceAsked
  nowMicros: bigint
}

const MAKING_MS_MAX = 120_000

/** Rejects where the stores do not answer. */
export function createEvidenceMaker(of: { databaseUrl: string; clickhouseUrl: string; now(): bigint }): EvidenceMaker {
  let isBusy = false
  return async (asked) => {
    if (isBusy) return 'busy'
    isBusy = true
    const { databaseUrl, clickhouseUrl } = of
    const task: EvidenceTask = { databaseUrl, clickhouseUrl, asked, nowMicros: of.now() }
    try {
      return await answerOf(new Worker(new URL('./evidence-thread.ts', import.meta.url), { workerData: task }))
    } finally {
      isBusy = false
    }
  }
}

function answerOf(thread: Worker): Promise<EvidenceAnswer> {
  return new Promise<EvidenceAnswer>((resolve, reject) => {
    const timer = setTimeout(() => resolve('late'), MAKING_MS_MAX)
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => {
      clearTimeout(timer)
      reject(new Error('expected evidence of its thread, found its end'))
    })
  }).finally(() => thread.terminate())
}

/** The same where it is asked: refusals are answers. */
export async function makeEvidence(stores: EventStores, asked: EvidenceAsked, now: bigint): Promise<EvidenceAnswer> {
  try {
    return { bundle: await exportEvidence({ ...stores, now: () => now }, asked) }
  } catch (error) {
    if (error instanceof EvidenceRefused) return { refused: error.message }
    throw error
  }
}
