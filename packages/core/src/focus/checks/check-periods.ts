import { parseInstant } from '../../kernel/index.ts'
import { windowEnd, windowStart } from '../../window/index.ts'
import type { FocusRow } from '../column.ts'
import { instantCell } from '../instant-cell.ts'
import { type Check, eachRow } from './fault.ts'

const DAY = 86_400_000_000n

function instantIn(row: FocusRow, column: string): bigint | null {
  const parsed = parseInstant(row[column] ?? '')
  return parsed.ok ? parsed.value : null
}

/** 26: a billing period is a month of the space's billing zone. */
export const billingPeriodIsAMonth: Check = (input) => {
  const { billingZone } = input.facts
  eachRow(input, (row, fault) => {
    const start = instantIn(row, 'BillingPeriodStart')
    if (start === null) return
    if (windowStart(start, 'month', billingZone) !== start) fault('BillingPeriodStart', 'the first instant of a month')
    const end = windowEnd(start, 'month', billingZone)
    if (instantIn(row, 'BillingPeriodEnd') !== end) fault('BillingPeriodEnd', instantCell(end))
  })
}

/** 27: a charge period is not empty, and of usage at most a day. */
export const chargePeriodIsADay: Check = (input) =>
  eachRow(input, (row, fault) => {
    const [start, end] = [instantIn(row, 'ChargePeriodStart'), instantIn(row, 'ChargePeriodEnd')]
    if (start === null || end === null) return
    if (start >= end) fault('ChargePeriodEnd', `after ${row.ChargePeriodStart}`)
    if (row.ChargeCategory === 'Usage' && end - start > DAY) fault('ChargePeriodEnd', 'at most a day')
  })

/** 28: usage that corrects nothing lies in the month that bills it. */
export const usageLiesInItsPeriod: Check = (input) =>
  eachRow(input, (row, fault) => {
    if ((row.ChargeClass ?? null) !== null || row.ChargeCategory !== 'Usage') return
    const [start, end] = [instantIn(row, 'ChargePeriodStart'), instantIn(row, 'ChargePeriodEnd')]
    const [from, to] = [instantIn(row, 'BillingPeriodStart'), instantIn(row, 'BillingPeriodEnd')]
    if (start !== null && from !== null && start < from) fault('ChargePeriodStart', `from ${row.BillingPeriodStart} on`)
    if (end !== null && to !== null && end > to) fault('ChargePeriodEnd', `until ${row.BillingPeriodEnd}`)
  })

/** 29: a correction is of a month before, which was closed. */
export const correctionIsOfAClosedMonth: Check = (input) => {
  const { billingZone } = input.facts
  const closed = new Set(
    input.dataset.billingPeriod.rows
      .filter(({ BillingPeriodStatus }) => BillingPeriodStatus === 'Closed')
      .map(({ BillingPeriodStart }) => BillingPeriodStart),
  )
  eachRow(input, (row, fault) => {
    if (row.ChargeClass !== 'Correction') return
    const [start, from] = [instantIn(row, 'ChargePeriodStart'), instantIn(row, 'BillingPeriodStart')]
    if (start === null || from === null) return
    const month = instantCell(windowStart(start, 'month', billingZone))
    if (start >= from) fault('ChargePeriodStart', `before ${row.BillingPeriodStart}`)
    else if (!closed.has(month)) fault('ChargePeriodStart', `in a closed month, and ${month} is not known to be closed`)
  })
}
