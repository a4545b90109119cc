'use client'
import Link from 'next/link'
import { DataTable } from '../../components/ui/data-table.tsx'
import { formatClock, formatMoney, formatMoneyChange, formatPercent, formatRange } from '../../format.ts'
import { sparkPath } from '../chart/lay-out.ts'
import { usePageAddress } from '../usage/page-address.tsx'
import { timeLeft } from './allowance-bar.tsx'
import type { AppCostView, OverviewMonth } from './overview-view.ts'
import { beforeWords } from './overview-words.ts'

const SPARK = { width: 132, height: 20 }
const NEAR_PERCENT = 85

/** The apps, one row each, the whole at the foot. */
export function CostTable({ month }: { month: OverviewMonth }) {
  const { currency, apps, usage, change, forecast, zone } = month
  return (
    <>
      <div className="tophead">
        <h2 className="q">Apps</h2>
        <span className="sub">
          {formatRange({ from: month.from, to: month.to }, zone)}, change against {beforeWords(month)}
        </span>
      </div>
      <DataTable
        name={`Cost by app, in ${currency}`}
        rows={apps}
        rowKey={({ app }) => app.id}
        sort={{ key: 'total', direction: 'descending' }}
        totalName={apps.length === 1 ? '1 app' : `${apps.length} apps`}
        columns={[
          { key: 'app', head: 'App', cell: ({ app }) => <AppName app={app} />, sortBy: ({ app }) => app.name },
          { key: 'days', head: 'Cost a day', cell: (row) => <Spark row={row} month={month} /> },
          {
            key: 'total',
            head: `Spent, ${currency}`,
            cell: ({ total }) => <Amount text={total} currency={currency} isMain />,
            sortBy: ({ total }) => total,
            isDecimal: true,
            total: <Amount text={usage} currency={currency} isMain />,
          },
          {
            key: 'change',
            head: 'Change',
            cell: (row) => <Change of={row.change} currency={currency} />,
            sortBy: (row) => row.change?.absolute ?? null,
            isDecimal: true,
            total: <Change of={change} currency={currency} />,
          },
          {
            key: 'share',
            head: 'Share',
            cell: ({ share }) => <Share share={share} />,
            sortBy: ({ share }) => share,
            isDecimal: true,
            total: usage === '0' ? '' : formatPercent('100', false),
          },
          ...(forecast === null
            ? []
            : [
                {
                  key: 'likely',
                  head: 'On pace for',
                  cell: ({ likely }: AppCostView) =>
                    likely === null ? '' : <Amount text={likely} currency={currency} />,
                  sortBy: ({ likely }: AppCostView) => likely,
                  isDecimal: true,
                  total: <Amount text={forecast.likely} currency={currency} />,
                },
              ]),
          {
            key: 'allowance',
            head: 'Nearest allowance',
            isText: true,
            cell: (row: AppCostView) => <Nearest row={row} month={month} />,
          },
          {
            key: 'through',
            head: 'Data through',
            cell: ({ through }: AppCostView) => <span className="sec">{formatClock(through, zone)}</span>,
          },
        ]}
      />
    </>
  )
}

function AppName({ app }: { app: AppCostView['app'] }) {
  const { space } = usePageAddress()
  const name = (
    <>
      <i className={`dot b${app.series}`} />
      {app.name}
    </>
  )
  if (app.slug === '') return name
  return (
    <>
      <Link href={`/s/${space}/apps/${app.slug}`} prefetch={false}>
        {name}
      </Link>
      {app.isOwned ? null : <span className="mut"> moved away</span>}
    </>
  )
}

function Spark({ row, month }: { row: AppCostView; month: OverviewMonth }) {
  const values = row.days.map((text) => (text === null ? null : Number(text)))
  const openFrom = month.days.findIndex(({ state }) => state === 'open')
  const path = sparkPath({ values, openFrom: openFrom < 0 ? values.length : openFrom }, SPARK)
  return (
    <svg className="spark" {...SPARK} viewBox={`0 0 ${SPARK.width} ${SPARK.height}`} aria-hidden="true">
      <path className={`k${row.app.series}`} d={path.d} />
      <path className={`k${row.app.series} o`} d={path.openD} />
    </svg>
  )
}

function Amount({ text, currency, isMain = false }: { text: string; currency: string; isMain?: boolean }) {
  return (
    <span className={isMain ? 'm' : undefined} title={text}>
      {formatMoney(text, currency)}
    </span>
  )
}

function Change({ of, currency }: { of: AppCostView['change']; currency: string }) {
  if (of === null) return null
  return (
    <span title={of.absolute}>
      {formatMoneyChange(of.absolute, currency)}
      <span className="mut pct">
        {of.direction === 'new' ? 'new' : of.percent === null ? '' : formatPercent(of.percent, true)}
      </span>
    </span>
  )
}

function Share({ share }: { share: string | null }) {
  if (share === null) return null
  return (
    <span className="shr" style={{ '--p': `${share}%` } as React.CSSProperties}>
      <i />
      <span>{formatPercent(share, false)}</span>
    </span>
  )
}

function Nearest({ row, month }: { row: AppCostView; month: OverviewMonth }) {
  const { nearest, allowances } = row
  if (allowances.count === 0) return <span className="mut">no allowance in use</span>
  if (nearest === null) return <span className="mut">all {allowances.count} used up</span>
  return (
    <>
      <span className={Number(nearest.percent) >= NEAR_PERCENT ? 'warn' : 'sec'}>
        {formatPercent(nearest.percent, false)}
      </span>{' '}
      <span className="mut">
        {nearest.capabilityName}, {timeLeft(nearest, month)}
      </span>
    </>
  )
}
