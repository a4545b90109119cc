import { type ChangeLine, explainChange } from '@meterbook/core/cost'
import { type AccountCost, accountCosts } from '@meterbook/core/forecast'
import { addDecimals, subtractDecimals } from '@meterbook/core/kernel'
import { priceAt } from '@meterbook/core/rating'
import type { ChangeRow, ChangesView } from '../../features/overview/overview-view.ts'
import type { SpaceDays } from '../forecast/read-usage-days.ts'
import type { Names } from './overview-names.ts'

/** Why this month costs more or less so far than the one before at the same elapsed time: Σ rows is the difference, to the last digit. */
export function changesOf(read: SpaceDays, corrections: readonly { amount: string }[], names: Names): ChangesView {
  const { usage, period, before } = read
  const now = accountCosts(usage, period)
  const then = accountCosts(before.usage, before.period)
  const atOldPrices = accountCosts(
    { ...usage, accounts: usage.accounts.map((account) => atPriceOf(account, before.period.end)) },
    period,
  )
  const lines = now.map(
    (cost, index): ChangeLine => ({
      ...lineOf(cost),
      dearer: subtractDecimals(cost.amount, atOldPrices[index]?.amount ?? cost.amount),
    }),
  )
  const change = explainChange(then.map(lineOf), lines)
  const isNew = new Set(now.map(({ appId }) => appId))
  for (const { appId, quantity } of then) if (quantity !== '0') isNew.delete(appId)
  const rows = new Map<string, ChangeRow>()
  const add = (row: ChangeRow) => {
    const key = `${row.kind} ${row.app} ${row.capability}`
    rows.set(key, { ...row, amount: addDecimals(rows.get(key)?.amount ?? '0', row.amount) })
  }
  for (const { kind, parts } of change.effects)
    for (const { key, capability, amount } of parts)
      add({
        kind,
        app: names.app(key).name,
        // an app that is new is one line, however many capabilities it uses
        capability: kind === 'new' && isNew.has(key) ? null : names.capability(capability).name,
        amount,
      })
  const corrected = corrections.reduce((sum, { amount }) => addDecimals(sum, amount), '0')
  if (corrected !== '0') add({ kind: 'correction', app: null, capability: null, amount: corrected })
  return { before: change.before, difference: addDecimals(change.difference, corrected), rows: [...rows.values()] }
}

function lineOf({ appId, capabilityKey, quantity, amount }: AccountCost): ChangeLine {
  return { key: appId, capability: capabilityKey, quantity, amount, correction: '0', dearer: '0' }
}

/** The same usage at the prices with which the month before ended; where there was none, at those of now. */
function atPriceOf<T extends SpaceDays['usage']['accounts'][number]>(account: T, end: bigint): T {
  const price = priceAt(account.timeline, end - 1n)
  return price === null ? account : { ...account, timeline: [{ ...price, from: 0n, to: null }] }
}
