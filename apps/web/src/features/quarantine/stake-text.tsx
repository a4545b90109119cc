'use client'
import { formatMoney } from '../../format.ts'
import type { HeldView, ReasonView } from './quarantine-address.ts'

/** Money at stake by the list, or why it cannot be told. */
export function StakeText({ stake }: { stake: HeldView['stake'] | ReasonView['stake'] }) {
  const money = stake.amounts.map(({ currency, amount }) => `${formatMoney(amount, currency)} ${currency}`).join(' + ')
  const why = stake.undecided.map(({ text, events }) => `${events}: ${text}`).join('; ')
  if (money === '') {
    return (
      <span className="mut" title={why}>
        not known
      </span>
    )
  }
  return (
    <span
      title={[...stake.amounts.map(({ currency, amount }) => `${amount} ${currency}`), why].filter(Boolean).join('; ')}
    >
      {'isComplete' in stake && !stake.isComplete ? <span className="mut">at least </span> : null}
      {money}
      {stake.undecided.length > 0 ? <span className="mut"> and more</span> : null}
    </span>
  )
}
