import { addDecimals } from '@meterbook/core/kernel'
import { formatMoney, formatMoneyChange } from '../../format.ts'
import type { ChangeRow, OverviewMonth } from './overview-view.ts'
import { beforeWords, changeWords } from './overview-words.ts'

const ROWS_MAX = 6

type Line = { key: string; name: string; words: string; amount: string; count?: number }

/** Why the month costs more or less: signed bars on one zero line, decreases hollow. The rows add up to the change. */
export function CostChanges({ month }: { month: OverviewMonth }) {
  const { changes, currency } = month
  const lines = linesOf(changes.rows)
  const least = Math.min(0, ...lines.map(sizeOf))
  const most = Math.max(0, ...lines.map(sizeOf))
  const percentOf = (value: number) => (most === least ? 0 : (value / (most - least)) * 100)
  const zero = percentOf(-least)
  return (
    <section aria-labelledby="what-changed">
      <h2 className="q" id="what-changed">
        What changed
        <span className="end">
          against {beforeWords(month)}, {formatMoney(changes.before, currency)}
        </span>
      </h2>
      <ol className="chg" style={{ '--z': `${zero}%` } as React.CSSProperties}>
        {lines.map((line) => (
          <li key={line.key}>
            <span
              className="l"
              title={`${line.name}, ${line.words}${line.count === undefined ? '' : ` of ${line.count} capabilities`}`}
            >
              {line.name}
              <span className="kd">{line.words}</span>
            </span>
            <span className="bx" aria-hidden="true">
              <i className={sizeOf(line) < 0 ? 'neg' : undefined} style={barStyle(percentOf(sizeOf(line)), zero)} />
            </span>
            <span className="v" title={line.amount}>
              {formatMoneyChange(line.amount, currency)}
            </span>
          </li>
        ))}
        <li className="sum">
          <span className="l">Change</span>
          <span className="bx" />
          <span className="v" title={changes.difference} data-exact={changes.difference}>
            {formatMoneyChange(changes.difference, currency)}
          </span>
        </li>
      </ol>
    </section>
  )
}

/** Prices and corrections always have their say, the largest of the others too, and the small ones stand together. */
function linesOf(rows: readonly ChangeRow[]): Line[] {
  const apart = byAppAndKind(rows.filter(({ kind }) => kind !== 'price' && kind !== 'correction')).toSorted(bySize)
  const large = apart.length > ROWS_MAX + 1 ? apart.slice(0, ROWS_MAX) : apart
  const small = apart.slice(large.length)
  const prices = rows.filter(({ kind }) => kind === 'price')
  const corrections = rows.filter(({ kind }) => kind === 'correction')
  const lines = large.map(
    (row): Line => ({
      key: `${row.kind} ${row.app} ${row.capability}`,
      name: row.app ?? 'Several',
      words: changeWords(row),
      amount: row.amount,
      ...(row.count > 1 && { count: row.count }),
    }),
  )
  if (small.length > 0)
    lines.push({ key: 'small', name: `${small.length} smaller lines`, words: '', amount: sumOf(small) })
  lines.push({
    key: 'price',
    name: 'Unit prices',
    words: prices.length === 0 ? 'none changed' : `${prices.length} changed`,
    amount: sumOf(prices),
  })
  if (corrections.length > 0)
    lines.push({ key: 'correction', name: 'Corrections', words: 'of earlier months', amount: sumOf(corrections) })
  return lines
}

type Group = ChangeRow & { count: number }

/** An app's capabilities that moved in the same way are one line. */
function byAppAndKind(rows: readonly ChangeRow[]): Group[] {
  const groups = Map.groupBy(rows, ({ app, kind }) => `${kind} ${app}`)
  return [...groups.values()].flatMap((same) => {
    const [first] = same
    return first === undefined ? [] : [{ ...first, amount: sumOf(same), count: same.length }]
  })
}

function sumOf(rows: readonly ChangeRow[]): string {
  return rows.reduce((sum, { amount }) => addDecimals(sum, amount), '0')
}

/** For order and lengths of bars only. */
function sizeOf({ amount }: { amount: string }): number {
  return Number(amount)
}

function bySize(a: ChangeRow, b: ChangeRow): number {
  return Math.abs(sizeOf(b)) - Math.abs(sizeOf(a))
}

function barStyle(percent: number, zero: number): React.CSSProperties {
  return percent >= 0 ? { left: `${zero}%`, width: `${percent}%` } : { right: `${100 - zero}%`, width: `${-percent}%` }
}
