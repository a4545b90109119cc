import { describe, expect, it } from 'vitest'
import { meterFinding, spaceFinding } from './finding.ts'
import type { AppFigures, ChangeView, Figures, MeterView, PeriodView, SpaceUsageView } from './usage-view.ts'

const meter: MeterView = {
  slug: 'functions_duration',
  name: 'Functions: Duration',
  description: null,
  unit: 'GB-second',
  capability: 'Functions',
  aggregation: 'SUM',
  isAdditive: true,
  isShown: true,
}
const period: PeriodView = {
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-12-01T00:00:00.000Z',
  zone: 'UTC',
  billingZone: 'UTC',
  granularity: 'day',
  granularities: ['hour', 'day'],
  asOf: '2026-11-22T14:02:31.000Z',
  compare: 'prev' as const,
  previous: { from: '2026-10-01T00:00:00.000Z', to: '2026-10-22T14:03:00.000Z' },
}
const windows = [1, 2].map((day) => ({
  start: `2026-11-0${day}T00:00:00.000Z`,
  end: `2026-11-0${day + 1}T00:00:00.000Z`,
  state: 'final' as const,
}))
const change = (absolute: string, percent: string | null, direction: ChangeView['direction']): ChangeView => ({
  absolute,
  percent,
  direction,
})
const figures = (total: string | null, over: Partial<Figures> = {}): Figures => ({
  total,
  previous: '1',
  change: null,
  values: ['1', '3'],
  ...over,
})
const app = (name: string, by: ChangeView): AppFigures => ({
  ...figures('1', { change: by }),
  app: { id: name, slug: name, name, series: 1, isOwned: true, isArchived: false },
  share: null,
  through: period.asOf,
})
const space = (consolidated: Figures, apps: AppFigures[]): SpaceUsageView => ({
  meter,
  meters: [meter],
  period,
  windows,
  consolidated,
  apps,
  environments: [],
  environment: null,
})
const plain = (text: string) => text.replaceAll('\u202f', ' ')

describe('the finding above a drawing', () => {
  it('says how much, against what, and which apps made it so, the largest mover first', () => {
    const apps = [
      app('Doc Relay', change('-9', '-9.0', 'down')),
      app('Billing Sync', change('30', '28.4', 'up')),
      app('Quiet', change('1', '0.1', 'up')),
    ]
    const finding = spaceFinding(space(figures('100', { change: change('10', '11.1', 'up') }), apps))
    expect(plain(finding)).toBe(
      'Up 11.1 % on the same elapsed time before (1–22 Oct): Billing Sync +28.4 %, Doc Relay −9.0 %.',
    )
  })
  it('says that nothing was used, instead of a fall to nothing in percent', () => {
    expect(spaceFinding(space(figures('0', { change: change('-5', '-100', 'down') }), []))).toBe(
      'Nothing of Functions: Duration was used in this period.',
    )
  })
  it('compares nothing while some of the period is not counted', () => {
    const partial = [...windows, { ...windows[0]!, state: 'unavailable' as const }]
    const view = { ...space(figures('100'), []), windows: partial }
    expect(spaceFinding(view)).toMatch(/^Not all of this period is counted yet/)
    expect(meterFinding({ figures: figures('4'), meter, windows: partial, period })).toMatch(/^Not all of this period/)
  })
  it('says new where there was nothing before, and a multiple where a percent says less', () => {
    const finding = (by: ChangeView) => meterFinding({ figures: figures('4', { change: by }), meter, windows, period })
    expect(finding(change('4', null, 'new'))).toBe(
      'New against the same elapsed time before; most 3 GB-seconds, Mon 2 Nov.',
    )
    expect(finding(change('4', '25800', 'up'))).toMatch(/^259 times the same elapsed time before;/)
    expect(finding(change('0', '0', 'same'))).toMatch(/^Level with the same elapsed time before;/)
  })
})
