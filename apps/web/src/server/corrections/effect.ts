import { fromScaled, QUANTITY_SCALE } from '@meterbook/core/kernel'
import type { ActOutcome } from '@meterbook/core/projection'
import { addRatios, divideRatios, formatRatio, type Ratio, ratioOf } from '@meterbook/core/window'
import type { NamedApp, NamedSpace } from '@meterbook/db/postgres'
import type { MeterUnits } from '../events/meter-units.ts'

interface Cell {
  app: NamedApp
  spaceId: string
  meter: string
  before: { records: number; sum: Ratio }
  after: { records: number; sum: Ratio }
}

const ZERO: Ratio = { numerator: 0n, denominator: 1n }

/** What acts change, added up: how many events become what, and each meter's usage of them in each space, before and after. */
export class Effect {
  readonly #units: MeterUnits
  readonly #cells = new Map<string, Cell>()
  readonly #verdicts = new Map<string, number>()
  readonly #outcomes = { effective: 0, unchanged: 0, ineligible: 0 }

  constructor(units: MeterUnits) {
    this.#units = units
  }

  add(app: NamedApp, outcomes: readonly ActOutcome[]): void {
    for (const outcome of outcomes) {
      this.#outcomes[outcome.outcome]++
      if (outcome.outcome !== 'effective') continue
      const { state, event } = outcome
      const change = `${state.verdict} ${event.verdict}`
      this.#verdicts.set(change, (this.#verdicts.get(change) ?? 0) + 1)
      for (const record of state.records) this.#count({ app, side: 'before', spaceId: record.spaceId, record })
      for (const record of event.records) this.#count({ app, side: 'after', spaceId: event.spaceId, record })
    }
  }

  get spaceIds(): string[] {
    return [...this.#cells.values()].map(({ spaceId }) => spaceId)
  }

  /**
   * As texts. `quantity`: the exact sum of what the events recorded, in the meter's unit; for a meter that does not add up it is what they
   * put in, not the meter's value. `visibleSpaceId`: other spaces are not named to whoever sees one only; null: all are.
   */
  texts(input: { spaces: ReadonlyMap<string, NamedSpace>; visibleSpaceId: string | null }) {
    const { spaces, visibleSpaceId } = input
    const cells = [...this.#cells.values()].map((cell) => ({
      app: cell.app.slug,
      space:
        visibleSpaceId === null || cell.spaceId === visibleSpaceId ? (spaces.get(cell.spaceId)?.slug ?? null) : null,
      isElsewhere: visibleSpaceId !== null && cell.spaceId !== visibleSpaceId,
      meter: cell.meter,
      unit: this.#units.get(cell.meter)?.unit ?? null,
      before: { records: cell.before.records, quantity: formatRatio(cell.before.sum) },
      after: { records: cell.after.records, quantity: formatRatio(cell.after.sum) },
    }))
    return {
      events: { ...this.#outcomes },
      changes: [...this.#verdicts].map(([change, events]) => {
        const [from = '', to = ''] = change.split(' ')
        return { from, to, events }
      }),
      usage: cells.sort((a, b) => compare(orderOf(a), orderOf(b))),
    }
  }

  #count(input: {
    app: NamedApp
    side: 'before' | 'after'
    spaceId: string
    record: { meter: string; meterVersion: number; quantity: bigint }
  }): void {
    const { app, side, spaceId, record } = input
    const key = JSON.stringify([app.id, spaceId, record.meter])
    const cell = this.#cells.get(key) ?? {
      app,
      spaceId,
      meter: record.meter,
      before: { records: 0, sum: ZERO },
      after: { records: 0, sum: ZERO },
    }
    this.#cells.set(key, cell)
    const divisor = this.#units.get(record.meter)?.divisors.get(record.meterVersion) ?? '1'
    const base = ratioOf(fromScaled(record.quantity, QUANTITY_SCALE))
    cell[side].records++
    cell[side].sum = addRatios(cell[side].sum, divideRatios(base, ratioOf(divisor)))
  }
}

function orderOf(cell: { app: string; space: string | null; meter: string }): string {
  return `${cell.app}\n${cell.space ?? ''}\n${cell.meter}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
