// The operator of a torture run: grants a missing right, and cancels, amends, replays, re-attributes and dismisses while all goes on.
// Promises: what was not confirmed is asked again under the same id, so that it is done once; every content written carries a mark.
// Does not know: what comes of it; the ground truth tells that from the journal.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { appendCorrection, type CorrectionRequest, createPool } from '@meterbook/db/postgres'
import pg from 'pg'
import { Dice } from './dice.ts'
import { writeEvent } from './event-text.ts'
import type { Writing } from './generator.ts'
import { HOUR, instantText } from './local-time.ts'
import { SHAPES } from './shapes.ts'
import { grant, type TruthApp, type World } from './world.ts'

const PAUSE_MS_MAX = 2_500
const RETRY_MS = 200
const FEW_TARGETS = 40
const MANY_TARGETS = 2_300

type ActName = CorrectionRequest['act']

interface Candidate {
  shard: number
  batch: string
  pos: number
  source: string
  event_id: string
}

/** What each act is for. Now and then others are picked too: an act must leave them as they are. */
const FOR: Record<ActName, string> = {
  cancel: "verdict = 'counted'",
  amend: "verdict = 'counted'",
  replay: "verdict IN ('quarantined', 'cancelled', 'dismissed')",
  reattribute: "verdict IN ('counted', 'quarantined')",
  dismiss: "verdict IN ('quarantined', 'conflict')",
}

export class Operator {
  /** Contents that it gave to events, by mark. */
  readonly writings = new Map<string, Writing>()
  /** Corrections that were confirmed. */
  readonly confirmed: string[] = []
  readonly #dice: Dice
  readonly #input: OperatorInput

  constructor(input: OperatorInput) {
    this.#input = input
    this.#dice = new Dice(`${input.seed}/operator`)
  }

  async actUntil(signal: AbortSignal): Promise<void> {
    const pool = createPool({ url: this.#input.databaseUrl, connectionsMax: 2, name: 'torture-operator' })
    try {
      for (let round = 0; !signal.aborted; round++) {
        await pause(this.#dice.below(PAUSE_MS_MAX), undefined, { signal }).catch(() => undefined)
        if (round === 3) await this.#grantAll(signal)
        const request = await this.#draw(signal)
        if (request === null) continue
        // Confirmed or not, now and then it is asked again: by somebody who was not told, or who pressed twice.
        const times = this.#dice.is(0.2) ? 2 : 1
        for (let time = 0; time < times; time++) await this.#append(pool, request, signal)
      }
    } finally {
      await pool.end()
    }
  }

  async #append(pool: ReturnType<typeof createPool>, request: CorrectionRequest, signal: AbortSignal): Promise<void> {
    const done = await untilDone(signal, () =>
      appendCorrection(pool, { request, receivedAt: BigInt(Date.now()) * 1000n }),
    )
    if (done) this.confirmed.push(request.id)
  }

  async #grantAll(signal: AbortSignal): Promise<void> {
    for (const app of this.#input.world.apps) {
      for (const capability of app.granted) {
        await untilDone(signal, async () => {
          const client = new pg.Client({ connectionString: this.#input.ownerUrl, connectionTimeoutMillis: 3_000 })
          client.on('error', () => undefined)
          try {
            await client.connect()
            await grant(client, { app, capability })
          } finally {
            await client.end().catch(() => undefined)
          }
        })
      }
    }
  }

  /** An act upon some events of an app, or null if the store does not answer or has none. */
  async #draw(signal: AbortSignal): Promise<CorrectionRequest | null> {
    const dice = this.#dice
    const act = dice.weighted<ActName>([
      [3, 'cancel'],
      [3, 'amend'],
      [4, 'replay'],
      [2, 'reattribute'],
      [2, 'dismiss'],
    ])
    const granted = this.#input.world.apps.filter((app) => app.granted.size > 0)
    const app = dice.of(
      act === 'replay' || act === 'reattribute' ? [...granted, ...this.#input.world.apps] : this.#input.world.apps,
    )
    const candidates = await this.#candidates(app, dice.is(0.85) ? FOR[act] : 'true', signal)
    const [first] = candidates
    if (!first) return null
    const withContent = act === 'amend' || (act === 'replay' && dice.is(0.3))
    const targets = candidates.map((each) => ({
      batch: BigInt(each.batch),
      pos: each.pos,
      ...(withContent && { event: this.#newContent(app, each) }),
    }))
    return {
      id: randomUUID(),
      act,
      app: { id: app.id, shard: first.shard },
      actor: { id: 'torture', name: 'Torture' },
      reason: `the torture run wants to ${act}`,
      filter: {},
      targets: dice.is(0.2) ? [...targets, ...targets.slice(0, 3)] : targets,
    }
  }

  async #candidates(app: TruthApp, condition: string, signal: AbortSignal): Promise<Candidate[]> {
    const limit = this.#dice.is(0.05) ? MANY_TARGETS : 1 + this.#dice.below(FEW_TARGETS)
    const client = createClickHouse(this.#input.clickhouseUrl)
    try {
      const found = await untilDone(signal, async () => {
        const result = await client.query({
          query: `SELECT shard, toString(batch) AS batch, pos, source, event_id FROM event_index
            WHERE app = {app:String} AND sign = 1 AND ${condition} ORDER BY sipHash64(identity, batch, {salt:String}) LIMIT ${limit}`,
          query_params: { app: app.id, salt: String(this.#dice.unit()) },
          format: 'JSONEachRow',
        })
        return result.json<Candidate>()
      })
      return found ?? []
    } finally {
      await client.close()
    }
  }

  /** Of the same source and id; everything else may be another. */
  #newContent(app: TruthApp, { source, event_id: id }: Candidate): string {
    const dice = this.#dice
    const identity = JSON.stringify([app.id, source, id])
    const known = this.#input.writingOf(identity)
    if (!known) throw new Error(`expected to know ${identity}`)
    const mark = `o${this.writings.size}`
    const shape = SHAPES.find(({ type }) => type === known.saying.type)
    const at = known.at === null ? null : known.at - BigInt(dice.below(48)) * HOUR
    const saying = {
      ...known.saying,
      mark,
      time: at === null ? null : instantText(at),
      data: shape ? shape.data(dice) : known.saying.data,
      environment: dice.is(0.2) ? 'staging' : known.saying.environment,
    }
    this.writings.set(mark, { ...known, mark, at, saying, content: mark, after: null, isAcknowledged: false })
    return writeEvent(saying, null)
  }
}

interface OperatorInput {
  world: World
  seed: string
  databaseUrl: string
  ownerUrl: string
  clickhouseUrl: string
  writingOf(identity: string): Writing | undefined
}

/** Tries until it is done; null if the run ended first. */
async function untilDone<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T | null> {
  while (!signal.aborted) {
    try {
      return await task()
    } catch {
      // A store is being killed: later.
      await pause(RETRY_MS)
    }
  }
  return null
}
