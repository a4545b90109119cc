import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Act, type ActName, contentDigest, readActBody, type UsageEvent, writeActBody } from '../event/index.ts'
import { type JsonObject, sha256 } from '../kernel/index.ts'
import { type EventState, projectAct, type RecordInForce, type TargetContent } from './project-act.ts'
import { type IdentifiedEvent, type ProjectedEvent, projectGroup } from './project-group.ts'
import type { Projector } from './projector.ts'
import { identified, instant, testProjector } from './test-journal.ts'

/** The room's rows as a store holds them: every row ever written, each with its sign. */
class Rows {
  readonly events: { place: string; sign: 1 | -1; verdict: string; identity: string }[] = []
  readonly records: { key: string; sign: 1 | -1; quantity: bigint }[] = []
  readonly states = new Map<string, EventState>()
  readonly contents = new Map<string, UsageEvent>()

  write(events: readonly ProjectedEvent[], entry: (index: number) => { batch: bigint; pos: number }): void {
    for (const [index, event] of events.entries()) this.put(event, entry(index), entry(index))
  }

  put(event: ProjectedEvent, entry: { batch: bigint; pos: number }, content: { batch: bigint; pos: number }): void {
    const { source } = event
    const place = placeOf(source)
    const before = this.states.get(place)
    if (before) {
      this.events.push({ place, sign: -1, verdict: before.verdict, identity: before.identity })
      for (const record of before.records)
        this.records.push({ key: keyOf(before, record), sign: -1, quantity: record.quantity })
    }
    this.events.push({ place, sign: 1, verdict: event.verdict, identity: source.identity })
    const { environment, subject, installation } = source.event
    const of = {
      spaceId: event.spaceId,
      at: event.at,
      environment,
      subject: subject ?? '',
      installation: installation ?? '',
    }
    const records: RecordInForce[] = event.records.map((record) => ({ ...record, ...of }))
    const state: EventState = {
      ...{ batch: source.batch, pos: source.pos, appId: source.appId, identity: source.identity },
      ...{ digest: source.digest, receivedAt: source.receivedAt, spaceId: event.spaceId },
      ...{ verdict: event.verdict, reason: event.reason, detail: event.detail, original: event.original },
      ...{ entry, content, records },
    }
    this.states.set(place, state)
    this.contents.set(placeOf(content), source.event)
    for (const record of records) this.records.push({ key: keyOf(state, record), sign: 1, quantity: record.quantity })
  }

  /** Applies an act as a worker does; how many targets it changed. */
  act(act: Act, batch: bigint, projector: Projector): number {
    const states = act.targets.map((target) => this.states.get(placeOf(target)) ?? null)
    const contents = act.targets.map((target, index): TargetContent | null => {
      const own = contentOf(target)
      const place = own ? { batch, pos: index } : (states[index]?.content ?? target)
      const event = own ?? this.contents.get(placeOf(place))
      if (event === undefined) return null
      return { event, place, digest: contentDigest({ ...event, app: states[index]?.appId ?? '' }, sha256) }
    })
    let changed = 0
    for (const outcome of projectAct({ act, projector, states, contents })) {
      if (outcome.outcome !== 'effective') continue
      this.put(outcome.event, { batch, pos: outcome.index }, outcome.content)
      changed++
    }
    return changed
  }

  net(): { places: Map<string, number>; records: Map<string, { count: number; sum: bigint }> } {
    const places = new Map<string, number>()
    for (const { place, sign } of this.events) places.set(place, (places.get(place) ?? 0) + sign)
    const records = new Map<string, { count: number; sum: bigint }>()
    for (const { key, sign, quantity } of this.records) {
      const known = records.get(key) ?? { count: 0, sum: 0n }
      const next = { count: known.count + sign, sum: known.sum + BigInt(sign) * quantity }
      if (next.count === 0 && next.sum === 0n) records.delete(key)
      else records.set(key, next)
    }
    return { places, records }
  }
}

const placeOf = ({ batch, pos }: { batch: bigint; pos: number }) => `${batch}:${pos}`
const keyOf = (state: EventState, record: RecordInForce) =>
  [state.appId, record.spaceId, record.meter, record.meterVersion, record.at, record.environment].join(' ')
/** The tests' acts carry their new content as the data alone. */
const contentOf = (target: Act['targets'][number]): UsageEvent | undefined =>
  target.event === undefined ? undefined : eventOf(JSON.parse(target.event) as { id: string; data: JsonObject | null })
const eventOf = ({ id, data }: { id: string; data: JsonObject | null }): UsageEvent =>
  identified({ batch: 0n, pos: 0, id, type: 'prompt', data }).event

function actOf(act: ActName, targets: Act['targets']): Act {
  const head = {
    correctionId: '00000000-0000-4000-8000-000000000000',
    actor: { id: 'op', name: 'Op' },
    reason: 'because',
  }
  return readActBody(writeActBody({ act, ...head, targets }))
}

const projector = testProjector()
const other = testProjector({ entitlements: [] })

const data = fc.constantFrom<JsonObject | null>(
  null,
  { tokens: 1 },
  { user: 'ann' },
  { tokens: 2, user: 'bob' },
  { tokens: 'x' },
)
const event = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  type: fc.constantFrom('prompt', 'prompt', 'request', 'unheard.of'),
  appId: fc.constantFrom('app', 'app', 'app', 'free'),
  time: fc.constantFrom(null, instant('2026-06-30T23:59:59.999999Z')),
  data,
})
const act = fc.record({
  name: fc.constantFrom<ActName>('cancel', 'amend', 'replay', 'reattribute', 'dismiss'),
  targets: fc.array(fc.record({ pos: fc.nat(9), data: fc.option(data, { nil: undefined }) }), {
    minLength: 1,
    maxLength: 4,
  }),
  isOtherCatalogue: fc.boolean(),
})
type Drawn = typeof act extends fc.Arbitrary<infer T> ? T : never

/** Ten events as sent, then the acts one after another; the same act twice where `times` says so. */
function play(events: readonly IdentifiedEvent[], acts: readonly Drawn[], times: 1 | 2): Rows {
  const rows = new Rows()
  rows.write(projectGroup({ events, seen: new Map(), projector }), (index) => ({ batch: 1n, pos: index }))
  for (const [index, { name, targets, isOtherCatalogue }] of acts.entries()) {
    const places = targets.map(({ pos, data: content }) => {
      const id = events[pos]?.event.id ?? 'nobody'
      return { batch: 1n, pos, ...(content === undefined ? {} : { event: JSON.stringify({ id, data: content }) }) }
    })
    for (let time = 0; time < times; time++) {
      rows.act(actOf(name, places), BigInt(2 + index * 2 + time), isOtherCatalogue ? other : projector)
    }
  }
  return rows
}

const histories = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 10 }), fc.array(act, { maxLength: 8 }))
  .map(([events, acts]) => ({ events: events.map((each, pos) => identified({ batch: 1n, pos, ...each })), acts }))

describe('acts upon events', () => {
  test('leave each event in exactly one place, and each identity counted at most once', () => {
    fc.assert(
      fc.property(histories, ({ events, acts }) => {
        const rows = play(events, acts, 1)
        const { places } = rows.net()
        expect([...places.values()].every((rowsInForce) => rowsInForce === 1)).toBe(true)
        expect(places.size).toBe(events.length)
        const counted = [...rows.states.values()].filter(({ verdict }) => verdict === 'counted')
        expect(new Set(counted.map(({ identity }) => identity)).size).toBe(counted.length)
        for (const state of rows.states.values()) expect(state.records.length > 0).toBe(state.verdict === 'counted')
      }),
    )
  })

  test('leave the records that are in force, and nothing else, when all rows are added up', () => {
    fc.assert(
      fc.property(histories, ({ events, acts }) => {
        const rows = play(events, acts, 1)
        const expected = new Rows()
        for (const state of rows.states.values()) {
          for (const record of state.records)
            expected.records.push({ key: keyOf(state, record), sign: 1, quantity: record.quantity })
        }
        const sums = expected.net().records
        for (const [key, { count, sum }] of [...sums]) if (count === 0 && sum === 0n) sums.delete(key)
        expect(rows.net().records).toEqual(sums)
      }),
    )
  })

  test('done twice leave what they leave done once, unless the second try is a new one: a replay after a cancellation', () => {
    fc.assert(
      fc.property(
        histories,
        fc.constantFrom<ActName>('cancel', 'dismiss', 'reattribute', 'replay'),
        ({ events, acts }, name) => {
          const rows = play(events, acts, 1)
          const all = actOf(
            name,
            events.map((_, pos) => ({ batch: 1n, pos })),
          )
          rows.act(all, 100n, projector)
          const before = rows.net()
          expect(rows.act(all, 101n, projector)).toBe(0)
          expect(rows.net()).toEqual(before)
        },
      ),
    )
  })

  test('have no effect on what they are not for, on the same event a second time in one act, and on what is not there', () => {
    const events = [
      identified({ batch: 1n, pos: 0, type: 'prompt', data: { tokens: 1 } }),
      identified({ batch: 1n, pos: 1, type: 'prompt', data: { tokens: 2 } }),
      identified({ batch: 1n, pos: 2, id: 'held', type: 'prompt', data: null }),
    ]
    const outcomes = (name: ActName, positions: number[], changed = '') => {
      const rows = play(events, [], 1)
      const states = positions.map((pos) => rows.states.get(`1:${pos}`) ?? null)
      const contents = states.map((state) => {
        if (state === null) return null
        const content = rows.contents.get(placeOf(state.content)) as UsageEvent
        return { event: content, digest: `${changed}${state.digest}`, place: state.content }
      })
      const targets = positions.map((pos) => ({ batch: 1n, pos }))
      return projectAct({ act: actOf(name, targets), projector, states, contents }).map(({ outcome }) => outcome)
    }
    expect(outcomes('cancel', [0, 0, 1, 2, 7])).toEqual([
      'effective',
      'ineligible',
      'ineligible',
      'ineligible',
      'ineligible',
    ])
    expect(outcomes('dismiss', [0, 1, 2])).toEqual(['ineligible', 'effective', 'effective'])
    expect(outcomes('replay', [0, 1, 2])).toEqual(['ineligible', 'ineligible', 'unchanged'])
    expect(outcomes('amend', [0, 1, 2])).toEqual(['unchanged', 'ineligible', 'ineligible'])
    expect(outcomes('amend', [0], 'f')).toEqual(['effective'])
    expect(outcomes('reattribute', [0, 1, 2])).toEqual(['unchanged', 'ineligible', 'unchanged'])
  })
})

describe('an act in the journal', () => {
  test('is read as it was written, whatever its texts hold', () => {
    const targets = fc.array(
      fc.record(
        { batch: fc.bigInt({ min: 1n, max: 10n ** 18n }), pos: fc.nat(), event: fc.string({ unit: 'grapheme' }) },
        { requiredKeys: ['batch', 'pos'] },
      ),
      { minLength: 1, maxLength: 5 },
    )
    fc.assert(
      fc.property(
        fc.constantFrom<ActName>('cancel', 'amend'),
        fc.uuid(),
        fc.string({ minLength: 1 }),
        targets,
        (name, correctionId, reason, drawn) => {
          const written = { act: name, correctionId, actor: { id: reason, name: reason }, reason, targets: drawn }
          expect(readActBody(writeActBody(written))).toEqual({ format: 'meterbook/act/1', ...written })
        },
      ),
    )
  })
})
