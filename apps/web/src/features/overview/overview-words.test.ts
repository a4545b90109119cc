import { describe, expect, it } from 'vitest'
import type { AppCostView, ForecastView, OverviewMonth } from './overview-view.ts'
import { monthFinding, monthModel, recordWords } from './overview-words.ts'

const FORECAST: ForecastView = {
  low: '820',
  likely: '839.08',
  high: '861',
  path: [],
  learnedDays: 90,
  newApps: [],
  record: { months: 6, held: 5, medianMissPercent: '2.9' },
}

const app = (name: string, patch: Partial<AppCostView> = {}): AppCostView => ({
  app: { id: name, slug: name, name, series: 1, isOwned: true },
  total: '1',
  change: null,
  share: null,
  days: [],
  likely: null,
  nearest: null,
  allowances: { count: 0, usedUp: 0 },
  through: '2026-11-22T14:02:31Z',
  ...patch,
})

function month(patch: Partial<OverviewMonth> = {}): OverviewMonth {
  return {
    currency: 'USD',
    from: '2026-11-01T00:00:00Z',
    to: '2026-12-01T00:00:00Z',
    zone: 'UTC',
    asOf: '2026-11-22T14:02:34Z',
    through: '2026-11-22T14:02:31Z',
    isOver: false,
    isPriced: true,
    statement: '2026-11-ours',
    isIssued: false,
    days: [],
    totals: [],
    usage: '584.305',
    corrections: [],
    spent: '584.305',
    before: { from: '2026-10-01T00:00:00Z', to: '2026-10-22T14:00:00Z', total: '452.65', days: [] },
    change: { absolute: '131.655', percent: '29.1', direction: 'up' },
    changes: { before: '452.65', difference: '131.655', rows: [] },
    forecast: FORECAST,
    apps: [],
    allowances: [],
    ...patch,
  }
}

describe('the range of a month', () => {
  it('comes with how often it held before, and never with a record that it does not have', () => {
    expect(recordWords(month())).toBe('80 % range. It held in 5 of the last 6 months; median miss 2.9 %.')
    const none = { ...FORECAST, record: { months: 0, held: 0, medianMissPercent: null } }
    expect(recordWords(month({ forecast: none }))).toBe('80 % range. There is no whole month yet to try it on.')
    const missed = { ...FORECAST, record: { months: 1, held: 0, medianMissPercent: '12.0' } }
    expect(recordWords(month({ forecast: missed }))).toContain('did not hold in the one month')
  })
  it('that is wide says why: little history, a new app, or usage that is not counted yet', () => {
    expect(recordWords(month({ forecast: { ...FORECAST, learnedDays: 3 } }))).toContain('learning: 3 days')
    const newer = { ...FORECAST, newApps: [{ name: 'Chart Embed', days: 1 }] }
    expect(recordWords(month({ forecast: newer }))).toContain('Chart Embed (learning, 1 day)')
    expect(recordWords(month({ through: '2026-11-22T12:00:00Z' }))).toContain('usage after 12:00:00 is not counted yet')
  })
})

describe('the sentence above the drawing', () => {
  it('names the change and who made it, and what is billed besides', () => {
    const apps = [
      app('Billing Sync', { change: { absolute: '12', percent: '4', direction: 'up' } }),
      app('Chart Embed', { change: { absolute: '94.5', percent: null, direction: 'new' } }),
    ]
    const corrections = [{ month: '2026-10-01T00:00:00Z', amount: '0.558843' }]
    const words = monthFinding(month({ apps, corrections }))
    expect(words).toMatch(/^Up 29\.1\s%? ?.*on October at the same elapsed time, mostly Chart Embed\./)
    expect(words).toContain('A correction of October, +0.558843, is billed besides.')
  })
  it('does not compare with nothing', () => {
    const change = { absolute: '1', percent: null, direction: 'new' as const }
    expect(monthFinding(month({ change }))).toBe('Nothing was spent in October by this time.')
    expect(monthFinding(month({ usage: '0' }))).toContain('Nothing that costs')
  })
})

describe('the drawing of the days', () => {
  it('keeps days that are not known apart from days without cost, also where small apps stand together', () => {
    const days = [
      { start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z', state: 'final' as const },
      { start: '2026-11-02T00:00:00Z', end: '2026-11-03T00:00:00Z', state: 'unavailable' as const },
    ]
    const apps = Array.from({ length: 10 }, (_, index) => app(`app ${index}`, { days: ['0.1', null] }))
    const { series } = monthModel(month({ days, apps }), 'all')
    expect(series).toHaveLength(8)
    expect(series.at(-1)?.texts).toEqual(['0.3', null])
  })
})
