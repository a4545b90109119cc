import type { MeterVersionFacts } from '../catalogue/index.ts'
import { fromScaled, QUANTITY_SCALE, subtractDecimals } from '../kernel/index.ts'
import {
  divideRatios,
  foldUsage,
  formatRatio,
  integrateLevels,
  type LevelSample,
  MICROS_PER_HOUR,
  ratioOf,
  type UsageFact,
  type Window,
} from '../window/index.ts'
import { measureOf } from './measure.ts'
import type { ShadowedEvent } from './meter-trial.ts'

/** What both say of one app in one space, in the meter's unit; null: nothing to say. Exact decimal texts. */
export interface ShadowRow {
  appId: string
  spaceId: string
  before: string | null
  after: string | null
  difference: string
}

export interface Shadow {
  rows: ShadowRow[]
  /** Events that each can count, and why the others are not, most frequent first. */
  counted: { before: number; after: number }
  faults: { before: ShadowFault[]; after: ShadowFault[] }
}

export interface ShadowFault {
  code: string
  detail: string
  events: number
}

const FAULTS_MAX = 20

/**
 * A draft version beside the one in force, on the same events within `window`, app by app: what each would say, and the difference. For
 * TIME_WEIGHTED the levels of the sample alone are integrated: none is carried in from before it.
 */
export function meterShadow(input: {
  events: readonly ShadowedEvent[]
  window: Window
  before: MeterVersionFacts | null
  after: MeterVersionFacts
}): Shadow {
  const { events, window } = input
  const before = input.before === null ? NOTHING : measured(input.before, events, window)
  const after = measured(input.after, events, window)
  const groups = [...new Set([...before.values.keys(), ...after.values.keys()])].sort()
  return {
    rows: groups.map((group) => {
      const [spaceId = '', appId = ''] = group.split('\n')
      const [was, is] = [before.values.get(group) ?? null, after.values.get(group) ?? null]
      return { appId, spaceId, before: was, after: is, difference: subtractDecimals(is ?? '0', was ?? '0') }
    }),
    counted: { before: before.counted, after: after.counted },
    faults: { before: before.faults, after: after.faults },
  }
}

interface Measured {
  values: Map<string, string>
  counted: number
  faults: ShadowFault[]
}

const NOTHING: Measured = { values: new Map(), counted: 0, faults: [] }

function measured(version: MeterVersionFacts, events: readonly ShadowedEvent[], window: Window): Measured {
  const measure = measureOf(version)
  const faults = new Map<string, ShadowFault>()
  const facts: (UsageFact & { subject: string })[] = []
  for (const { event, appId, spaceId, at, order } of events) {
    if (event.type !== version.eventType) continue
    const result = measure(event)
    if (result.ok) {
      const quantity = fromScaled(result.quantity, QUANTITY_SCALE)
      const group = `${spaceId}\n${appId}`
      facts.push({
        group,
        at,
        order,
        quantity,
        divisor: version.divisor,
        uniqueValue: result.uniqueValue,
        subject: event.subject ?? '',
      })
    } else {
      const key = `${result.code} ${result.detail}`
      const known = faults.get(key)
      if (known) known.events++
      else faults.set(key, { code: result.code, detail: result.detail, events: 1 })
    }
  }
  const worst = [...faults.values()].sort((a, b) => b.events - a.events).slice(0, FAULTS_MAX)
  return { values: valuesOf(version, facts, window), counted: facts.length, faults: worst }
}

function valuesOf(
  version: MeterVersionFacts,
  facts: readonly (UsageFact & { subject: string })[],
  window: Window,
): Map<string, string> {
  const { aggregation, percentile = null, divisor } = version
  if (aggregation !== 'TIME_WEIGHTED') {
    return new Map(foldUsage({ aggregation, percentile }, facts, [window]).map(({ group, value }) => [group, value]))
  }
  const samples = facts.map(({ group, at, order, quantity, subject }): LevelSample => {
    return { series: `${group}\n${subject}`, group, at, order, level: quantity }
  })
  const bounds = { from: window.start, to: window.end, through: window.end, windows: [window] }
  return new Map(
    integrateLevels(samples, bounds).map(({ group, levelMicros }) => [
      group,
      formatRatio(divideRatios(divideRatios(ratioOf(levelMicros), ratioOf(MICROS_PER_HOUR)), ratioOf(divisor))),
    ]),
  )
}
