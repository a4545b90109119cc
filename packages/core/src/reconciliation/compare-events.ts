import type { Instant } from '../kernel/index.ts'
import type { ProjectedEvent } from '../projection/index.ts'
import type { DifferenceScope, Figure } from './difference.ts'
import type { GroupRange, Tally } from './tally.ts'

/** A row of the event index that says what an event was when it was taken, before any act upon it. */
export interface IndexedEvent {
  batch: bigint
  pos: number
  identity: string
  digest: string
  appId: string
  spaceId: string
  source: string
  eventId: string
  type: string
  subject: string
  at: Instant
  receivedAt: Instant
  environment: string
  installation: string
  verdict: string
  reason: string
  /** 0 where there is none. */
  originalBatch: bigint
  originalPos: number
}

type Expected = Pick<ProjectedEvent, 'source' | 'at' | 'spaceId' | 'verdict' | 'reason' | 'original'>

/**
 * Custody: each event of the journal has one row, and no row is of an event that the journal does not have. `expected` and `found` are
 * all events and all rows of the same journal batches; what differs is added to the tally under the event's recorded group and app.
 */
export function compareEvents(input: {
  groupOf: (batch: bigint) => GroupRange
  expected: readonly Expected[]
  found: readonly IndexedEvent[]
  tally: Tally
}): void {
  const rows = new Map<string, IndexedEvent[]>()
  for (const row of input.found) {
    const key = positionOf(row)
    const same = rows.get(key)
    if (same) same.push(row)
    else rows.set(key, [row])
  }
  const sides = new Map<string, Sides>()
  for (const event of input.expected) {
    const own = rows.get(positionOf(event.source)) ?? []
    rows.delete(positionOf(event.source))
    const side = sidesOf(event.source.batch, event.source.appId)
    side.events += 1
    side.rows += own.length
    const [row] = own
    if (row === undefined) side.point('missing', event.source)
    else {
      side.present += 1
      if (own.length > 1) side.point('repeated', event.source)
      for (const figure of own.flatMap((each) => faultsOf(event, each)).slice(0, 1)) side.point(figure, event.source)
    }
  }
  for (const strays of rows.values()) {
    for (const row of strays) sidesOf(row.batch, row.appId).point('unknown', row)
  }
  for (const side of sides.values()) side.addTo(input.tally)

  function sidesOf(batch: bigint, appId: string): Sides {
    const group = input.groupOf(batch)
    const key = `${group.first} ${appId}`
    let side = sides.get(key)
    if (side === undefined) {
      side = new Sides(group, appId)
      sides.set(key, side)
    }
    return side
  }
}

function positionOf(event: { batch: bigint; pos: number }): string {
  return `${event.batch}:${event.pos}`
}

/** In which way a row is not what the journal makes of its event; none if it is. */
function faultsOf(event: Expected, row: IndexedEvent): Figure[] {
  const { source, original } = event
  const { event: sent } = source
  const isSame =
    row.identity === source.identity &&
    row.digest === source.digest &&
    row.appId === source.appId &&
    row.receivedAt === source.receivedAt &&
    // Half a surrogate pair has no UTF-8; a store keeps the replacement character.
    row.source === sent.source.toWellFormed() &&
    row.eventId === sent.id.toWellFormed() &&
    row.type === sent.type.toWellFormed() &&
    row.subject === (sent.subject ?? '').toWellFormed() &&
    row.environment === sent.environment.toWellFormed() &&
    row.installation === (sent.installation ?? '').toWellFormed() &&
    // A held event may claim a year that no column can hold; a counted one cannot.
    (event.verdict !== 'counted' || row.at === event.at)
  if (!isSame) return ['altered']
  if (row.verdict !== event.verdict || row.reason !== event.reason || row.spaceId !== event.spaceId) return ['verdict']
  const isOriginal = row.originalBatch === (original?.batch ?? 0n) && row.originalPos === (original?.pos ?? 0)
  return isOriginal ? [] : ['original']
}

/** What one group and app come to. */
class Sides {
  events = 0
  present = 0
  rows = 0
  readonly #group: GroupRange
  readonly #appId: string
  readonly #pointed = new Map<Figure, { batch: bigint; pos: number }[]>()

  constructor(group: GroupRange, appId: string) {
    this.#group = group
    this.#appId = appId
  }

  point(figure: Figure, { batch, pos }: { batch: bigint; pos: number }): void {
    const pointed = this.#pointed.get(figure)
    if (pointed) pointed.push({ batch, pos })
    else this.#pointed.set(figure, [{ batch, pos }])
  }

  addTo(tally: Tally): void {
    const present = BigInt(this.present)
    tally.count(this.#scope('missing'), { expected: BigInt(this.events), found: present })
    tally.count(this.#scope('repeated'), { expected: present, found: BigInt(this.rows) })
    for (const [figure, events] of this.#pointed) {
      const count = BigInt(events.length)
      const scope = this.#scope(figure)
      if (figure === 'unknown') tally.count(scope, { found: count })
      else if (figure !== 'missing' && figure !== 'repeated')
        tally.count(scope, { expected: present, found: present - count })
      for (const event of events) tally.point(scope, event)
    }
  }

  #scope(figure: Figure): DifferenceScope {
    return {
      what: 'event_index',
      figure,
      ...this.#group,
      appId: this.#appId,
      meter: '',
      meterVersion: null,
      hour: null,
      spaceId: '',
      environment: '',
      isExempt: null,
    }
  }
}
