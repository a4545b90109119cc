// What the senders of a torture run send: events of every shape, repeated, contradicted, late, malformed, in every packing.
// Promises: each sender's requests follow from its seed alone; every writing of an event carries a mark that names it for ever.
// Does not know: what becomes of them.
import { hash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { Dice } from './dice.ts'
import { type Saying, writeData, writeEvent } from './event-text.ts'
import { DAY, HOUR, instantText, modulo } from './local-time.ts'
import { type Data, Numeral } from './measures.ts'
import { SHAPES, type Shape } from './shapes.ts'
import type { TruthApp, World } from './world.ts'

/** One writing of one event: what it says, and what the run must remember of it. */
export interface Writing {
  mark: string
  app: TruthApp
  /** The event that it is: app, source and id. */
  identity: string
  /** Writings of one identity with equal content say the same. */
  content: string
  /** Microseconds since 1970; null: the time of receipt. */
  at: bigint | null
  saying: Saying
  /** SHA-256 of the text as sent. */
  digest: string
  /** False once it was sent in binary mode, where the door writes the text. */
  isVerbatim: boolean
  isAcknowledged: boolean
  /** An acknowledged writing that must come before this one. */
  after: Writing | null
}

export interface Packet {
  number: string
  sender: number
  headers: Record<string, string>
  body: Buffer
  /** In the order sent; null: malformed, must be refused. */
  events: (Writing | null)[]
  /** What an honest answer is. */
  expected: 200 | 204 | 400 | 403
  /** Its sender dies after the first try. */
  isAbandoned: boolean
  attempts: number
  /** Of all its tries that were answered 200: what each event was told. */
  receipts: Receipt[]
}

export interface Receipt {
  journal: { shard: number; number: string }[]
  events: { index: number; verdict: string; reason?: string; journal?: number; position?: number }[]
}

const PAST_MAX = 20_000
const SOURCES = ['/t', '/t/a', '/t/a-b'] as const

export class Generator {
  readonly #world: World
  readonly #sender: number
  readonly #dice: Dice
  readonly #past: Writing[] = []
  readonly #byMark = new Map<string, Writing>()
  readonly #byIdentity = new Map<string, Writing>()
  #packets = 0
  #writings = 0
  #identities = 0

  constructor(world: World, input: { seed: string; sender: number }) {
    this.#world = world
    this.#sender = input.sender
    this.#dice = new Dice(`${input.seed}/${input.sender}`)
  }

  /** Some writing of an identity, if this sender has one. */
  writingOf(identity: string): Writing | undefined {
    return this.#byIdentity.get(identity)
  }

  /** Every writing that was ever handed out, by its mark. */
  get writings(): ReadonlyMap<string, Writing> {
    return this.#byMark
  }

  next(): Packet {
    const dice = this.#dice
    const number = `${this.#sender}-${this.#packets++}`
    const isService = dice.is(0.12)
    const apps = isService ? this.#world.apps : [dice.of(this.#world.apps)]
    const packing = dice.weighted<Packing>([
      [10, 'batch'],
      [3, 'lines'],
      [3, 'either'],
      [4, 'single'],
      [2, 'binary'],
      [0.3, 'empty'],
      [0.3, 'garbage'],
    ])
    const isOne = packing === 'single' || packing === 'binary'
    const count = isOne
      ? 1
      : dice.weighted([
          [6, 1 + dice.below(20)],
          [3, 20 + dice.below(100)],
          [0.1, 500 + dice.below(1_500)],
        ])
    const drafts = packing === 'empty' || packing === 'garbage' ? [] : this.#drafts({ apps, count, isService, packing })
    const events = drafts.map(({ writing }) => writing)
    const body = bodyOf(packing, drafts)
    const isGzipped = packing !== 'binary' && dice.is(0.3)
    const wantsReceipt = dice.is(0.1)
    const packet: Packet = {
      number,
      sender: this.#sender,
      headers: {
        authorization: `Bearer ${isService ? this.#world.serviceKey : (apps[0] as TruthApp).key}`,
        ...headersOf(packing, drafts),
        ...(isGzipped && { 'content-encoding': 'gzip' }),
        ...(wantsReceipt && { prefer: dice.is(0.5) ? 'return=representation' : 'return=representation, wait=2' }),
      },
      body: isGzipped ? gzipSync(body) : body,
      events,
      expected: expectedAnswer({ packing, events, wantsReceipt, drafts }),
      isAbandoned: dice.is(0.04),
      attempts: 0,
      receipts: [],
    }
    for (const writing of new Set(events)) {
      if (writing === null || this.#byMark.has(writing.mark)) continue
      this.#byMark.set(writing.mark, writing)
      this.#byIdentity.set(writing.identity, writing)
      if (this.#past.length < PAST_MAX) this.#past.push(writing)
      else this.#past[dice.below(PAST_MAX)] = writing
    }
    return packet
  }

  #drafts(input: { apps: readonly TruthApp[]; count: number; isService: boolean; packing: Packing }): Draft[] {
    const dice = this.#dice
    const { apps, count, isService, packing } = input
    const drafts: Draft[] = []
    while (drafts.length < count) {
      const app = dice.of(apps)
      const kind = dice.weighted<'fresh' | 'repeat' | 'contested' | 'malformed'>([
        [80, 'fresh'],
        [14, 'repeat'],
        [3, 'contested'],
        [3, 'malformed'],
      ])
      if (kind === 'malformed') drafts.push(this.#malformed({ app, isService, packing }))
      else drafts.push(this.#written(this.#writing(kind, app, isService), packing))
    }
    return drafts
  }

  #writing(kind: 'fresh' | 'repeat' | 'contested', app: TruthApp, isService: boolean): Writing {
    if (kind === 'contested') return this.#contested(app, isService)
    const original = kind === 'repeat' ? this.#pastOf(app) : undefined
    return original ? this.#again(original, isService) : this.#fresh(app, isService)
  }

  #pastOf(app: TruthApp): Writing | undefined {
    for (let tries = 0; tries < 8 && this.#past.length > 0; tries++) {
      const recent = Math.min(this.#past.length, 300)
      const index = this.#dice.is(0.5)
        ? this.#past.length - 1 - this.#dice.below(recent)
        : this.#dice.below(this.#past.length)
      const found = this.#past[index]
      if (found?.app === app) return found
    }
    return undefined
  }

  #fresh(app: TruthApp, isService: boolean): Writing {
    const dice = this.#dice
    const number = `${this.#sender}-${this.#identities++}`
    // "a" and "b-7", "a-b" and "7": two events, whatever they are joined by
    const id = dice.is(0.5) ? `b-${number}` : number
    return this.#say({
      app,
      isService,
      id,
      source: dice.of(SOURCES),
      shape: dice.weighted(SHAPES.map((each) => [each.weight, each])),
    })
  }

  /** An identity that several senders claim at the same time, with contents of their own: the journal's order decides. */
  #contested(app: TruthApp, isService: boolean): Writing {
    const shape = SHAPES[this.#dice.below(5)] as Shape
    return this.#say({ app, isService, id: `contested-${this.#dice.below(2_000)}`, source: '/t', shape })
  }

  #say(input: { app: TruthApp; isService: boolean; id: string; source: string; shape: Shape }): Writing {
    const dice = this.#dice
    const { app, isService, id, source, shape } = input
    const at = shape.type === 'torture.untimed' ? null : this.#time(shape)
    return this.#mark({
      app,
      at,
      after: null,
      saying: {
        id,
        source,
        type: shape.type,
        time: at === null ? null : timeText(at, dice),
        subject: shape.subjects
          ? dice.is(0.98)
            ? dice.of(shape.subjects)
            : null
          : dice.is(0.6)
            ? `customer-${dice.below(12)}`
            : null,
        environment: dice.weighted<string | null>([
          [8, null],
          [1, 'production'],
          [2, 'staging'],
        ]),
        installation: dice.is(0.5) ? dice.of(app.installations) : null,
        app: isService ? dice.of([app.id, app.slug]) : null,
        data: dice.is(0.01) ? null : shape.data(dice),
        mark: '',
      },
    })
  }

  /** The same event once more: the very same bytes, another time, another spelling, or a contradiction. */
  #again(original: Writing, isService: boolean): Writing {
    const dice = this.#dice
    const how = dice.of(['same', 'time', 'spelling', 'contradiction'] as const)
    const after = original.isAcknowledged ? original : null
    const app = isService ? original.app.id : null
    const saying: Saying = { ...original.saying, app }
    if (how === 'same' && original.saying.app === app) return original
    if (how === 'contradiction')
      return this.#mark({ app: original.app, at: original.at, after, saying: contradicted(saying, dice) })
    if (how !== 'time' || original.at === null) return this.#mark({ app: original.app, at: original.at, after, saying })
    const at = original.at + BigInt(1 + dice.below(7_200_000_000))
    return this.#mark({ app: original.app, at, after, saying: { ...saying, time: timeText(at, dice) } })
  }

  #mark(input: { app: TruthApp; at: bigint | null; after: Writing | null; saying: Saying }): Writing {
    const { app, at, after, saying } = input
    const mark = `m${this.#sender}x${this.#writings++}`
    const { source, id, type, subject, environment, installation, data } = saying
    const content = JSON.stringify([
      type,
      subject,
      environment ?? 'production',
      installation,
      data && Object.entries(data).sort(),
    ])
    return {
      mark,
      app,
      at,
      after,
      identity: JSON.stringify([app.id, source, id]),
      content,
      saying: { ...saying, mark },
      digest: '',
      isVerbatim: true,
      isAcknowledged: false,
    }
  }

  #written(writing: Writing, packing: Packing): Draft {
    if (packing === 'binary') {
      writing.isVerbatim = false
      return { writing, text: '' }
    }
    // the very same bytes were asked for by passing the same writing again: spelled by its own mark, not by this packet's dice
    const text = writeEvent(writing.saying, new Dice(writing.mark))
    writing.digest = hash('sha256', text, 'hex')
    return { writing, text }
  }

  #malformed(input: { app: TruthApp; isService: boolean; packing: Packing }): Draft {
    const dice = this.#dice
    const { saying } = this.#fresh(input.app, input.isService)
    const stranger = this.#world.apps.find((app) => app !== input.app) as TruthApp
    const text = (members: object) =>
      JSON.stringify({
        specversion: '1.0',
        id: saying.id,
        source: '/t',
        type: 'request',
        mark: saying.mark,
        ...members,
      })
    const own = input.isService ? { app: input.app.id } : {}
    const faults = [
      text({ ...own, id: undefined }),
      text({ ...own, type: '' }),
      text({ ...own, specversion: '0.3' }),
      text({ ...own, time: 'just now' }),
      text({ ...own, data: [1] }),
      text({ ...own, Bad_Name: 1 }),
      ...(input.packing === 'lines' ? [`${text(own)}}`] : []),
    ]
    const forbidden = text({ app: input.isService ? 'no-such-app' : stranger.id })
    const isForbidden = input.packing !== 'binary' && dice.is(0.15)
    return { writing: null, text: isForbidden ? forbidden : dice.of(faults), isForbidden, mark: saying.mark }
  }

  #time(shape: Shape): bigint {
    const dice = this.#dice
    const { now, boundary, transfer, repriced } = this.#world
    const back = (span: bigint) =>
      now - BigInt(Math.floor(dice.unit() * Number(span / 1_000n))) * 1_000n - BigInt(dice.below(1_000)) - 1n
    const edge = () => {
      const mark = dice.of([
        boundary,
        transfer,
        repriced,
        now - DAY,
        now - modulo(now, DAY),
        DST_END,
        now - 12n * HOUR + 900_000_000n,
      ])
      return mark + BigInt(dice.of([-1, 0, 1]))
    }
    const plain = dice.weighted<() => bigint>([
      [50, () => back(3n * HOUR)],
      [25, () => back(2n * DAY)],
      [20, () => back(35n * DAY)],
      [4, edge],
    ])
    if (shape.subjects !== null) return plain()
    return dice.weighted<() => bigint>([
      [96, plain],
      [1, () => now + BigInt(1 + dice.below(20)) * DAY],
      [0.5, () => now + BigInt(60 + dice.below(30)) * DAY],
      [0.5, () => 900_000_000_000_000n - BigInt(dice.below(1_000_000))],
    ])()
  }
}

type Packing = 'batch' | 'lines' | 'either' | 'single' | 'binary' | 'empty' | 'garbage'

interface Draft {
  writing: Writing | null
  text: string
  isForbidden?: boolean
  mark?: string
}

/** The clocks of New York went back on 1 November 2026, at 06:00 UTC. */
const DST_END = 1_793_512_800_000_000n

function timeText(at: bigint, dice: Dice): string {
  const utc = instantText(at)
  const offset = dice.weighted<number>([
    [8, 0],
    [1, 345],
    [1, -210],
  ])
  if (offset === 0) return at % 1_000_000n === 0n && dice.is(0.5) ? utc.replace('.000000', '') : utc
  const local = instantText(at + BigInt(offset) * 60_000_000n)
  const size = Math.abs(offset)
  const clock = `${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
  return local.replace('Z', `${offset < 0 ? '-' : '+'}${clock}`)
}

function contradicted(saying: Saying, dice: Dice): Saying {
  const data: Data = { ...saying.data, contradiction: new Numeral(String(dice.below(1e9))) }
  return dice.of<Saying>([
    { ...saying, data },
    { ...saying, subject: `somebody-else-${dice.below(1e6)}` },
    { ...saying, environment: `elsewhere-${dice.below(1e6)}` },
    { ...saying, type: 'object.requested', data },
  ])
}

function bodyOf(packing: Packing, drafts: readonly Draft[]): Buffer {
  const texts = drafts.map(({ text }) => text)
  if (packing === 'garbage') return Buffer.from('[{"specversion":"1.0",')
  if (packing === 'lines') return Buffer.from(texts.join('\n'))
  if (packing === 'single') return Buffer.from(texts[0] ?? '')
  if (packing === 'binary') {
    const saying = drafts[0]?.writing?.saying
    return Buffer.from(saying && saying.data !== null ? writeData(saying.data, null) : '')
  }
  return Buffer.from(`[${texts.join(' ,')}]`)
}

function headersOf(packing: Packing, drafts: readonly Draft[]): Record<string, string> {
  if (packing === 'lines') return { 'content-type': 'application/x-ndjson' }
  if (packing === 'either') return { 'content-type': 'application/json; charset=utf-8' }
  if (packing === 'single') return { 'content-type': 'application/cloudevents+json' }
  if (packing !== 'binary') return { 'content-type': 'application/cloudevents-batch+json' }
  const [draft] = drafts
  const saying = draft?.writing?.saying
  if (!saying)
    return {
      'content-type': 'application/json',
      'ce-specversion': '0.3',
      'ce-id': 'x',
      'ce-source': '/t',
      'ce-type': 'request',
      'ce-mark': draft?.mark ?? '',
    }
  const attributes: Record<string, string> = { 'ce-specversion': '1.0' }
  for (const name of [
    'id',
    'source',
    'type',
    'time',
    'subject',
    'environment',
    'installation',
    'app',
    'mark',
  ] as const) {
    const value = saying[name]
    if (value !== null) attributes[`ce-${name}`] = encodeURIComponent(value)
  }
  return { ...(saying.data !== null && { 'content-type': 'application/json' }), ...attributes }
}

function expectedAnswer(input: {
  packing: Packing
  events: readonly (Writing | null)[]
  wantsReceipt: boolean
  drafts: readonly Draft[]
}): Packet['expected'] {
  const { packing, events, wantsReceipt, drafts } = input
  if (packing === 'garbage') return 400
  if (packing === 'empty') return wantsReceipt ? 200 : 204
  const refused = events.filter((event) => event === null).length
  // another key would do where nothing but the key stood in the way of every event
  if (refused === events.length) return drafts.every(({ isForbidden }) => isForbidden) ? 403 : 400
  return refused > 0 || wantsReceipt ? 200 : 204
}
