// What the bench sends: events of ten kinds as apps would send them, written once and then only renumbered and re-timed in place.
// Promises: the same seed makes the same bodies; an id and a time have one width, so that patching them moves nothing.
// Does not know: when they are sent, by whom, what becomes of them.

/** Where the digits of an event stand in its body, in bytes. */
export interface Slot {
  id: number
  time: number
}

/** A JSON array of events, ready to send once its slots are filled. */
export interface Body {
  bytes: Buffer
  slots: Slot[]
}

export const ID_DIGITS = 12
const ID = 'x'.repeat(ID_DIGITS)
/** `2026-07-01T12:00:00.000000Z` */
const TIME = `${'y'.repeat(26)}Z`

/** Events of all kinds, mixed as weights say; `run` makes their ids the run's own. */
export function makeBody(input: { run: string; seed: number; events: number; isArray: boolean }): Body {
  const next = randomOf(input.seed)
  const texts = Array.from({ length: input.events }, () => eventText(input.run, next))
  const text = input.isArray ? `[${texts.join(',')}]` : texts.join(',')
  const slots: Slot[] = []
  for (let at = 0; slots.length < input.events; ) {
    const id = text.indexOf(ID, at)
    const time = text.indexOf(TIME, id)
    slots.push({ id, time })
    at = time
  }
  return { bytes: Buffer.from(text, 'latin1'), slots }
}

type Next = () => number

function eventText(run: string, next: Next): string {
  const kind = pick(KINDS, next)
  const environment = next() < 0.12 ? { environment: 'staging' } : {}
  const installation = next() < 0.5 ? { installation: `site-${whole(next, 8)}` } : {}
  return JSON.stringify({
    specversion: '1.0',
    id: `${run}-${ID}`,
    source: '/bench/functions/eu-west-1',
    type: kind.type,
    subject: `customer-${whole(next, 500)}`,
    time: TIME,
    ...environment,
    ...installation,
    data: kind.data(next),
  })
}

interface Kind {
  weight: number
  type: string
  data(next: Next): Record<string, unknown>
}

const OUTCOMES = ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'error', 'timeout', 'crash']

const KINDS: readonly Kind[] = [
  {
    weight: 30,
    type: 'request',
    data: (next) => ({
      method: next() < 0.2 ? 'POST' : 'GET',
      route: `/api/items/${whole(next, 20)}`,
      status: 200,
      durationMs: whole(next, 900),
      requestId: `${whole(next, 1e9).toString(16)}-${whole(next, 1e9).toString(16)}`,
    }),
  },
  {
    weight: 20,
    type: 'function.invoked',
    data: (next) => ({
      functionName: `resolver-${whole(next, 30)}`,
      durationMs: 1 + whole(next, 3_000),
      memoryMiB: 128 * (1 + whole(next, 8)),
      timeoutMs: 25_000,
      outcome: OUTCOMES[whole(next, OUTCOMES.length)],
      coldStart: next() < 0.05,
    }),
  },
  {
    weight: 14,
    type: 'kvs.read',
    data: (next) => ({ bytes: whole(next, 90_000), key: `issue:${whole(next, 9_999)}` }),
  },
  { weight: 6, type: 'kvs.written', data: (next) => ({ bytes: 1 + whole(next, 90_000), ttlSeconds: 3_600 }) },
  { weight: 6, type: 'logs.written', data: (next) => ({ bytes: 1 + whole(next, 4_000), level: 'info' }) },
  {
    weight: 8,
    type: 'sql.executed',
    data: (next) => ({ durationMs: whole(next, 40_000) / 1_000, statements: 1 + whole(next, 4), database: 'main' }),
  },
  {
    weight: 6,
    type: 'prompt',
    data: (next) => ({ tokens: 1 + whole(next, 4_000), model: `model-${whole(next, 3)}`, type: 'input' }),
  },
  { weight: 4, type: 'object.requested', data: () => ({ operation: 'get', bucket: 'attachments' }) },
  { weight: 3, type: 'signin', data: (next) => ({ user: `user-${whole(next, 20_000)}` }) },
  { weight: 3, type: 'connections', data: (next) => ({ open: whole(next, 400), region: 'eu-west' }) },
]

const WEIGHTS = KINDS.reduce((sum, kind) => sum + kind.weight, 0)

function pick(kinds: readonly Kind[], next: Next): Kind {
  let rest = next() * WEIGHTS
  for (const kind of kinds) {
    rest -= kind.weight
    if (rest < 0) return kind
  }
  return kinds[0] as Kind
}

function whole(next: Next, below: number): number {
  return Math.floor(next() * below)
}

/** mulberry32: small, seeded, good enough to mix events. */
function randomOf(seed: number): Next {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
