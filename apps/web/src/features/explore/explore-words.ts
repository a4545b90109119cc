import { formatMoney, formatPercent, formatQuantity, formatUnit } from '../../format.ts'
import { previousWords } from '../usage/finding.ts'
import { titleOf } from './explore-model.ts'
import type { ExploreRow, ExploreView, ExploreWindow } from './explore-view.ts'

const NAMED_MAX = 2

/** The sentence above the drawing: what happened, and what made it so. */
export function exploreFinding(view: ExploreView): string {
  const { total, period, windows } = view
  if (total.total === null || Number(total.total) === 0) return `No ${titleOf(view).toLowerCase()} in this period.`
  if (windows.some(({ state }) => state === 'unavailable')) {
    return 'Not all of this period is counted yet, so it is not compared.'
  }
  const { change } = total
  if (change === null) return topWords(view)
  const before = `the same elapsed time before (${previousWords(period)})`
  if (change.direction === 'new') return `New: there was none in ${before}.`
  if (change.direction === 'same' || change.percent === null || Number(change.percent) === 0)
    return `Level with ${before}.`
  const size = formatPercent(change.percent.replace('-', ''), false)
  return `${change.direction === 'up' ? 'Up' : 'Down'} ${size} on ${before}${moversOf(view.rows)}.`
}

function topWords({ rows, by }: ExploreView): string {
  const [first] = rows
  if (first === undefined || first.share === null || by.length === 0) return 'Not compared with anything.'
  return `Most of it is ${first.name}, ${formatPercent(first.share, false)}.`
}

function moversOf(rows: readonly ExploreRow[]): string {
  if (rows.length < 2) return ''
  const movers = rows
    .filter(({ change }) => change !== null && Number(change.absolute) !== 0)
    .sort((a, b) => Math.abs(Number(b.change?.absolute)) - Math.abs(Number(a.change?.absolute)))
    .slice(0, NAMED_MAX)
    .map(({ name, change }) => `${name} ${change?.percent == null ? 'new' : formatPercent(change.percent, true)}`)
  return movers.length > 0 ? `: ${movers.join(', ')}` : ''
}

/** How final the total is. */
export function stateLine({ windows, kind, total, unavailable }: ExploreView): string {
  const count = (state: string) => windows.filter((window) => window.state === state).length
  const parts = (['final', 'settling', 'open', 'unavailable'] as const).flatMap((state) => {
    const found = count(state)
    return found > 0 ? `${found} ${state === 'unavailable' ? 'not counted yet' : state}` : []
  })
  const amended = windows.filter(({ before }) => before !== null).length
  const of = windows.length === 1 ? 'bucket' : 'buckets'
  const provisional = kind === 'cost' && total.money?.isProvisional ? '; provisional until the period is closed' : ''
  const missing = unavailable === null ? '' : '; what is not posted yet could not be rated now and is missing'
  return `${parts.join(', ')} ${of}${amended > 0 ? `, ${amended} amended` : ''}${provisional}${missing}`
}

/** What a bucket was before it was amended, and what later months' statements carry of it. */
export function bucketNote({ before, correctedLater }: ExploreWindow, { unit }: Pick<ExploreView, 'unit'>): string {
  const amended = before === null ? '' : `, amended: was ${formatMoney(before, unit)}`
  const later = correctedLater === null ? '' : `, corrected later by ${formatMoney(correctedLater, unit)}`
  return amended + later
}

/** The second figure beside the headline. */
export function besideTotal({ kind, total, currency }: ExploreView): string | null {
  const { money } = total
  if (money === null || currency === null) return null
  if (kind === 'cost')
    return `list ${formatMoney(money.list, currency)}, allowance −${formatMoney(money.allowance, currency)}`
  if (money.quantity === null || money.billable === null || Number(money.quantity) === 0) return currency
  const share = (Number(money.billable) / Number(money.quantity)) * 100
  return `${currency}, ${formatPercent(share.toFixed(1), false)} of it billable`
}

export function totalWords({ kind, unit, total }: ExploreView): string {
  if (total.total === null) return 'no value'
  return kind === 'cost' ? formatMoney(total.total, unit) : formatQuantity(total.total)
}

export function unitWords({ kind, unit, total }: ExploreView): string {
  return kind === 'cost' ? unit : formatUnit(unit, total.total)
}
