import { columnDigits, formatColumn, formatDifference, formatPercent } from '../../format.ts'
import { previousWords } from './finding.ts'
import type { AppFigures, SpaceUsageView } from './usage-view.ts'

const ROWS_MAX = 6

/** Which apps made the difference: signed bars on one zero line, decreases hollow, so that sign does not hang on colour. */
export function WhatChanged({ view }: { view: SpaceUsageView }) {
  const { consolidated, meter, period } = view
  const rows = view.apps
    .filter(({ change }) => change !== null && Number(change.absolute) !== 0)
    .sort((a, b) => Math.abs(absoluteOf(b)) - Math.abs(absoluteOf(a)))
  const shown = rows.slice(0, ROWS_MAX)
  const digits = columnDigits([
    consolidated.change?.absolute ?? null,
    ...shown.map(({ change }) => change?.absolute ?? null),
  ])
  const least = Math.min(0, ...shown.map(absoluteOf))
  const most = Math.max(0, ...shown.map(absoluteOf))
  const percentOf = (value: number) => (most === least ? 0 : (value / (most - least)) * 100)
  const zero = percentOf(-least)
  return (
    <section aria-labelledby="what-changed">
      <h2 className="q" id="what-changed">
        What changed
        <span className="end">
          against {previousWords(period)}
          {consolidated.previous === null ? '' : `, ${formatColumn(consolidated.previous, digits)}`}
        </span>
      </h2>
      {shown.length === 0 ? <p className="sub">{consolidated.change ? 'Nothing did.' : 'Not compared.'}</p> : null}
      <ol className="chg" style={{ '--z': `${zero}%` } as React.CSSProperties}>
        {shown.map((row) => (
          <li key={row.app.slug}>
            <span className="l">
              {row.app.name}
              <span className="kd">{kindOf(row)}</span>
            </span>
            <span className="bx" aria-hidden="true">
              <i
                className={absoluteOf(row) < 0 ? 'neg' : undefined}
                style={barStyle(percentOf(absoluteOf(row)), zero)}
              />
            </span>
            <span className="v">{formatDifference(row.change?.absolute ?? '0', digits)}</span>
          </li>
        ))}
        {consolidated.change ? (
          <li className="sum">
            <span className="l">{meter.isAdditive ? 'Change' : 'All apps together'}</span>
            <span className="bx" />
            <span className="v">{formatDifference(consolidated.change.absolute, digits)}</span>
          </li>
        ) : null}
      </ol>
      {rows.length > shown.length ? (
        <p className="sub">and {rows.length - shown.length} smaller ones, in the table below</p>
      ) : null}
    </section>
  )
}

function absoluteOf({ change }: AppFigures): number {
  return Number(change?.absolute ?? 0)
}

function kindOf({ change }: AppFigures): string {
  if (change?.direction === 'new') return 'new'
  return change?.percent == null ? '' : formatPercent(change.percent, true)
}

function barStyle(percent: number, zero: number): React.CSSProperties {
  return percent >= 0 ? { left: `${zero}%`, width: `${percent}%` } : { right: `${100 - zero}%`, width: `${-percent}%` }
}
