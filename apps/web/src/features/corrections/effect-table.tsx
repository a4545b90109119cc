'use client'
import { Exact } from '../../components/ui/exact.tsx'
import { formatCount } from '../../format.ts'
import type { EffectView } from './correction-view.ts'

/** What an act changes: how many events become what, and each meter's usage before and after. */
export function EffectTable({ effect }: { effect: EffectView }) {
  const { effective, unchanged, ineligible } = effect.events
  return (
    <>
      <p>
        <b>{formatCount(String(effective))}</b> {effective === 1 ? 'event changes' : 'events change'}
        {unchanged > 0 ? `, ${formatCount(String(unchanged))} would come out as they are` : ''}
        {ineligible > 0 ? `, ${formatCount(String(ineligible))} are not, or no longer, what this is for` : ''}.
      </p>
      {effect.changes.map(({ from, to, events }) => (
        <p key={`${from} ${to}`} className="sub">
          {formatCount(String(events))}: {from} becomes {to}
        </p>
      ))}
      {effect.usage.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        <section className="tbl tall flush" aria-label="Usage before and after" tabIndex={0}>
          <table>
            <caption className="vh">Usage of these events before and after</caption>
            <thead>
              <tr>
                <th scope="col" className="l">
                  Meter
                </th>
                <th scope="col" className="l">
                  App
                </th>
                <th scope="col" className="l">
                  Space
                </th>
                <th scope="col">Now</th>
                <th scope="col">Then</th>
              </tr>
            </thead>
            <tbody>
              {effect.usage.map(({ app, space, isElsewhere, meter, unit, before, after }) => (
                <tr key={`${app} ${space} ${isElsewhere} ${meter}`}>
                  <th scope="row" className="l">
                    {meter}
                  </th>
                  <td className="l">{app}</td>
                  <td className="l">{space ?? (isElsewhere ? 'another space' : 'nobody')}</td>
                  <td>
                    <Exact text={before.quantity} /> <span className="un mut">{unit}</span>
                  </td>
                  <td className="m">
                    <Exact text={after.quantity} /> <span className="un mut">{unit}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  )
}
