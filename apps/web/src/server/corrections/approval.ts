import type { ActName } from '@meterbook/core/event'
import { addDecimals, compareDecimals } from '@meterbook/core/kernel'
import type { MovedMoney } from '@meterbook/core/quarantine'
import {
  insertMovedMoney,
  lockMovedMoney,
  type MovedInSpace,
  type Pool,
  type PoolClient,
  sumMovedMoney,
} from '@meterbook/db/postgres'
import { CorrectionRefused } from './asked-correction.ts'

/** Acts upon what counts already. To cure what is held is no correction of a bill. */
const CORRECTING: readonly ActName[] = ['cancel', 'amend', 'reattribute']

/** What somebody moves alone in these hours is added up, space by space: what is large cannot be split into what is small. */
const ADDED_UP_HOURS = 24

export interface Approval {
  /** In the currency of the usage: above it nobody acts alone. */
  above: string
  isNeeded: boolean
  /** What the asker moved alone in the spaces that this touches, within the last hours; empty: nothing. */
  already: { currency: string; amount: string }[]
  hours: number
}

/** Whether acts need a second person: they move more than `above` in some currency, alone or with what the asker moved before, or what they move cannot be told. */
export async function approvalOf(
  db: Pool | PoolClient,
  input: { acts: readonly ActName[]; money: MovedMoney; actorId: string; above: string },
): Promise<Approval> {
  const { acts, money, actorId, above } = input
  const approval = { above, isNeeded: false, already: [], hours: ADDED_UP_HOURS }
  if (!acts.some((act) => CORRECTING.includes(act))) return approval
  const before = await sumMovedMoney(db, { actorId, hours: ADDED_UP_HOURS })
  const touched = money.bySpace.flatMap((moved) => {
    const already = before.find(({ spaceId, currency }) => spaceId === moved.spaceId && currency === moved.currency)
    return already === undefined ? [] : [{ ...already, sum: addDecimals(already.amount, moved.amount) }]
  })
  const isAbove = (amount: string) => compareDecimals(amount, above) > 0
  const isNeeded =
    money.untold > 0 || money.amounts.some(({ amount }) => isAbove(amount)) || touched.some(({ sum }) => isAbove(sum))
  return { ...approval, isNeeded, already: addedUp(touched) }
}

/**
 * Refuses what needs a second person to whoever would do it alone, and keeps what it moves where it does not. Within the transaction that does it: two
 * of one person at once are one after the other. Worked out anew: what a page said before may no longer be so.
 */
export async function actAlone(
  tx: PoolClient,
  input: { acts: readonly ActName[]; money: MovedMoney; actorId: string; above: string; correctionId: string },
): Promise<void> {
  const { acts, money, actorId, above, correctionId } = input
  if (!acts.some((act) => CORRECTING.includes(act))) return
  await lockMovedMoney(tx, actorId)
  const { isNeeded, already, hours } = await approvalOf(tx, input)
  if (!isNeeded) return insertMovedMoney(tx, { correctionId, actorId, moved: money.bySpace })
  const more = already.length === 0 ? '' : `, after ${listOf(already)} that you moved there in ${hours} hours`
  throw new CorrectionRefused(
    'forbidden',
    `It moves ${moneyWords(money)}${more}, and above ${above} a second person has to approve it: propose it`,
  )
}

export function moneyWords({ amounts, untold }: Pick<MovedMoney, 'amounts' | 'untold'>): string {
  const told = amounts.map(({ currency, amount }) => `${amount} ${currency}`)
  if (untold > 0) told.push(`what cannot be told of ${untold} records`)
  return told.length === 0 ? 'no money' : told.join(' and ')
}

function listOf(amounts: Approval['already']): string {
  return amounts.map(({ currency, amount }) => `${amount} ${currency}`).join(' and ')
}

function addedUp(moved: readonly MovedInSpace[]): Approval['already'] {
  return [...Map.groupBy(moved, ({ currency }) => currency)].map(([currency, ofCurrency]) => ({
    currency,
    amount: ofCurrency.reduce((sum, { amount }) => addDecimals(sum, amount), '0'),
  }))
}
