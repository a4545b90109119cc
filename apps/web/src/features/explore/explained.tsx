'use client'
import Link from 'next/link'
import { formatMoney, formatMoneyChange } from '../../format.ts'
import { previousWords } from '../usage/finding.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import { replaced } from '../usage/usage-filter.ts'
import type { ExploreEffect, ExploreView } from './explore-view.ts'

const EFFECTS: Record<ExploreEffect['kind'], { name: string; text: string }> = {
  volume: { name: 'Volume', text: 'as much more or less of everything' },
  mix: { name: 'Mix', text: 'which apps used it, and how far beyond their allowances' },
  price: { name: 'Price', text: 'what is charged for now at other prices' },
  new: { name: 'New', text: 'not used before' },
  ended: { name: 'Ended', text: 'not used any more' },
  correction: { name: 'Corrections', text: 'of earlier, closed months' },
}

/** Why it costs more or less: effects that add up to the difference, each with the usage that makes it. */
export function Explained({ view }: { view: ExploreView }) {
  const { explained, unit, period } = view
  if (explained === null) return null
  const shown = explained.effects.filter(({ amount }) => amount !== '0')
  const sizes = shown.map(({ amount }) => Number(amount))
  const [least, most] = [Math.min(0, ...sizes), Math.max(0, ...sizes)]
  const percentOf = (value: number) => (most === least ? 0 : (value / (most - least)) * 100)
  const zero = percentOf(-least)
  return (
    <section aria-labelledby="explained" data-testid="explained">
      <h2 className="q" id="explained">
        What changed
        <span className="end">
          against {previousWords(period)}, {formatMoney(explained.before, unit)}
        </span>
      </h2>
      {shown.length === 0 ? <p className="sub">Nothing did.</p> : null}
      <ol className="chg" style={{ '--z': `${zero}%` } as React.CSSProperties}>
        {shown.map((effect) => (
          <li key={effect.kind} data-effect={effect.kind} data-exact={effect.amount}>
            <span className="l">
              <details>
                <summary title={EFFECTS[effect.kind].text}>{EFFECTS[effect.kind].name}</summary>
                <Parts effect={effect} unit={unit} />
              </details>
            </span>
            <span className="bx" aria-hidden="true">
              <i
                className={Number(effect.amount) < 0 ? 'neg' : undefined}
                style={barStyle(percentOf(Number(effect.amount)), zero)}
              />
            </span>
            <span className="v" title={`${effect.amount} ${unit}`}>
              {formatMoneyChange(effect.amount, unit)}
            </span>
          </li>
        ))}
        <li className="sum">
          <span className="l">Difference</span>
          <span className="bx" />
          <span className="v" data-testid="difference" data-exact={explained.difference} title={explained.difference}>
            {formatMoneyChange(explained.difference, unit)}
          </span>
        </li>
      </ol>
    </section>
  )
}

function Parts({ effect, unit }: { effect: ExploreEffect; unit: string }) {
  const { address, href } = usePageAddress()
  return (
    <>
      <p className="sub">{EFFECTS[effect.kind].text}</p>
      <ul className="parts">
        {effect.parts.map((part) => {
          let filters = address.filters
          for (const dimension of ['app', 'capability'] as const) {
            const value = part.keys[dimension]
            if (value !== undefined) filters = replaced(filters, dimension, { operator: 'in', values: [value] })
          }
          return (
            <li key={part.name}>
              <Link href={href({ filters, by: ['environment'] })} prefetch={false} scroll={false}>
                {part.name}
              </Link>{' '}
              <span className="v" title={`${part.amount} ${unit}`}>
                {formatMoneyChange(part.amount, unit)}
              </span>
            </li>
          )
        })}
      </ul>
    </>
  )
}

function barStyle(percent: number, zero: number): React.CSSProperties {
  return percent >= 0 ? { left: `${zero}%`, width: `${percent}%` } : { right: `${100 - zero}%`, width: `${-percent}%` }
}
