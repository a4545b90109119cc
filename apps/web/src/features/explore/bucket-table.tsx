'use client'
import Link from 'next/link'
import { columnDigits, formatColumn, formatExact, formatMoney, formatUnit, formatWindow } from '../../format.ts'
import { stateWords } from '../chart/state-words.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import { drillWindow } from './drill.ts'
import { titleOf } from './explore-model.ts'
import type { ExploreView, ExploreWindow } from './explore-view.ts'

/** The same figures by time: newest first, each bucket with its state, and a way into it. */
export function BucketTable({ view }: { view: ExploreView }) {
  const { href } = usePageAddress()
  const rows = view.windows.flatMap((window, index) => (window.state === 'ahead' ? [] : [{ window, index }])).reverse()
  const shown = view.rows.slice(0, 8)
  const digits = columnDigits([...view.total.values, ...shown.flatMap(({ values }) => values)])
  const cell = (text: string | null | undefined) => {
    if (text == null) return <span className="mut">not counted</span>
    const words = view.kind === 'cost' ? formatMoney(text, view.unit) : formatColumn(text, digits)
    return <span title={`${formatExact(text)} ${view.unit}`}>{words}</span>
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl tall" aria-label={`${titleOf(view)} by time`} tabIndex={0}>
      <table>
        <caption className="sub">by time, in {formatUnit(view.unit)}</caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              Time
            </th>
            <th scope="col" className="l">
              State
            </th>
            <th scope="col">All together</th>
            {shown.map(({ keys, name }) => (
              <th scope="col" key={keys.join('\n')}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ window, index }) => (
            <tr key={window.start}>
              <th scope="row" className="l">
                <Link
                  href={href(drillWindow(window, view.period))}
                  prefetch={false}
                  scroll={false}
                  title="Look into it"
                >
                  {formatWindow(window, view.period.granularity, view.period.zone)}
                </Link>
              </th>
              <td className="l mut">{bucketWords(window, view)}</td>
              <td className="m">{cell(view.total.values[index])}</td>
              {shown.map(({ keys, values }) => (
                <td key={keys.join('\n')}>{cell(values[index])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function bucketWords({ state, before, correctedLater }: ExploreWindow, { unit }: ExploreView): string {
  const amended = before === null ? '' : `, amended: was ${formatMoney(before, unit)}`
  const later = correctedLater === null ? '' : `, corrected later by ${formatMoney(correctedLater, unit)}`
  return `${stateWords(state)}${amended}${later}`
}
