import type { ActName } from '@meterbook/core/event'
import { compareDecimals } from '@meterbook/core/kernel'
import type { MovedMoney } from '@meterbook/core/quarantine'
import type { EventStores } from '../events/event-sight.ts'
import type { Aim } from './aim.ts'
import { CorrectionRefused } from './asked-correction.ts'
import { type CorrectionAsker, tryAims } from './correct.ts'

/** Acts upon what counts already. To cure what is held is no correction of a bill. */
const CORRECTING: readonly ActName[] = ['cancel', 'amend', 'reattribute']

/** Whether an act needs a second person: it moves more than `above` in some currency, or what it moves cannot be told. */
export function needsSecondPerson(input: { act: ActName; money: MovedMoney; above: string }): boolean {
  const { act, money, above } = input
  if (!CORRECTING.includes(act)) return false
  return money.untold > 0 || money.amounts.some(({ amount }) => compareDecimals(amount, above) > 0)
}

/** Refuses what needs a second person to whoever would do it alone. Worked out anew: what a page said before may no longer be so. */
export async function demandSmall(
  stores: EventStores,
  input: { asker: CorrectionAsker; aims: readonly Aim[]; above: string },
): Promise<void> {
  const { asker, aims, above } = input
  if (!aims.some(({ act }) => CORRECTING.includes(act))) return
  const { money } = await tryAims(stores, { sight: asker.sight, aims })
  if (!aims.some(({ act }) => needsSecondPerson({ act, money, above }))) return
  throw new CorrectionRefused(
    'forbidden',
    `It moves ${moneyWords(money)}, and above ${above} a second person has to approve it: propose it`,
  )
}

export function moneyWords({ amounts, untold }: MovedMoney): string {
  const told = amounts.map(({ currency, amount }) => `${amount} ${currency}`)
  if (untold > 0) told.push(`what cannot be told of ${untold} records`)
  return told.length === 0 ? 'no money' : told.join(' and ')
}
