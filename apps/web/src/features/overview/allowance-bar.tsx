import {
  formatDay,
  formatDuration,
  formatExact,
  formatPercent,
  formatQuantity,
  formatSmallMoney,
  formatUnit,
} from '../../format.ts'
import type { AllowanceView } from './overview-view.ts'

const NEAR_PERCENT = 85

/** One allowance: how much of it is used, when it ends at the present rate, and what a day costs then. */
export function AllowanceBar(props: {
  use: AllowanceView
  month: { asOf: string; zone: string; currency: string | null }
  isNamed: boolean
}) {
  const { use, month, isNamed } = props
  const { percent, allowance, used, unit, capabilityName, app } = use
  const share = Math.min(100, Number(percent))
  return (
    <>
      <div className="r1">
        <span className="n">
          {isNamed ? <b>{app.name} </b> : null}
          <span className={isNamed ? 'sec' : undefined}>{capabilityName}</span>
        </span>
        <span className="end">{timeLeft(use, month)}</span>
      </div>
      {/* the words beneath say the same */}
      <div className="meterbar" aria-hidden="true">
        <i className={share >= NEAR_PERCENT ? 'w' : undefined} style={{ width: `${share}%` }} />
      </div>
      <div className="r2">
        <span title={`${formatExact(used)} of ${formatExact(allowance)} ${unit}`}>
          {Number(percent) >= 1000 ? `${formatQuantity(used)} of` : `${formatPercent(percent, false)} of`}{' '}
          {formatQuantity(allowance)} <span className="un">{formatUnit(unit, allowance)}</span>
        </span>
        {month.currency === null ? null : (
          <span className="end" title={`${use.dayAfter} ${month.currency}`}>
            {use.usedUpAt === null ? 'then ' : ''}
            {formatSmallMoney(use.dayAfter, month.currency)} a day
          </span>
        )}
      </div>
    </>
  )
}

/** `in 2 d 12 h`, `used up 3 Nov`, `not this month`. */
export function timeLeft(
  use: Pick<AllowanceView, 'usedUpAt' | 'runsOutAt'>,
  at: { asOf: string; zone: string },
): string {
  if (use.usedUpAt !== null) return `used up ${formatDay(use.usedUpAt, at.zone)}`
  if (use.runsOutAt === null) return 'not this month'
  return `in ${formatDuration(Date.parse(use.runsOutAt) - Date.parse(at.asOf))}`
}
