import { expect, test } from 'vitest'
import { instant, monthOf } from '../rating/test-price-book.ts'
import {
  billingPeriod,
  type ClosingFacts,
  closingChecklist,
  mayClose,
  periodOfMonth,
  readStatementId,
  statementId,
  statementState,
} from './index.ts'

const READY: ClosingFacts = {
  period: monthOf('2026-07'),
  asOf: instant('2026-08-03T00:10:00Z'),
  settledUntil: instant('2026-08-01T00:00:00Z'),
  openIncidents: 0,
  quarantined: 0,
  waiver: null,
}

test('a month can be closed when it is over, settled, reconciled and nothing of it is held', () => {
  expect(mayClose(closingChecklist(READY))).toBe(true)
  expect(closingChecklist(READY).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test.each<[string, Partial<ClosingFacts>, string]>([
  ['it still runs', { asOf: READY.period.end - 1n }, 'waiting'],
  ['nothing is settled', { settledUntil: null }, 'waiting'],
  ['its last hour is not settled', { settledUntil: READY.period.end - 1n }, 'waiting'],
  ['a difference is open', { openIncidents: 1 }, 'blocked'],
  ['events of it are held', { quarantined: 3 }, 'blocked'],
])('a month is not closed while %s', (_, facts, state) => {
  const items = closingChecklist({ ...READY, ...facts })
  expect(mayClose(items)).toBe(false)
  expect(items.filter((item) => item.state !== 'ok').map((item) => item.state)).toEqual([state])
})

test('what is held can be waived, with a reason and a name that stay', () => {
  const items = closingChecklist({ ...READY, quarantined: 3, waiver: { reason: 'test traffic', by: 'Ada' } })
  expect(mayClose(items)).toBe(true)
  expect(items.at(-1)).toMatchObject({ state: 'waived', text: expect.stringMatching(/3 events.*Ada: test traffic/) })
})

test('a statement is open, closing, closed, then amended', () => {
  const states = [
    { isClosed: false, isCorrected: false, isOver: false },
    { isClosed: false, isCorrected: false, isOver: true },
    { isClosed: true, isCorrected: false, isOver: true },
    { isClosed: true, isCorrected: true, isOver: true },
  ]
  expect(states.map(statementState)).toEqual(['open', 'closing', 'closed', 'amended'])
})

test.each(['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu'])(
  'a statement in %s is named by the month of that clock, and read back',
  (zone) => {
    const period = periodOfMonth('2026-10', zone)
    expect(period).not.toBeNull()
    if (period === null) return
    expect(billingPeriod(period.start, zone)).toEqual(period)
    expect(billingPeriod(period.end - 1n, zone)).toEqual(period)
    const id = statementId({ period, slug: 'fern-line' })
    expect(id).toBe('2026-10-fern-line')
    expect(readStatementId(id)).toEqual({ month: '2026-10', slug: 'fern-line' })
  },
)

test('what is no month is no statement', () => {
  expect(['2026-13-x', '2026-1-x', '2026-10', '2026-10-'].map(readStatementId)).toEqual([null, null, null, null])
  expect([periodOfMonth('2026-13', 'UTC'), periodOfMonth('october', 'UTC')]).toEqual([null, null])
})
