'use client'
import type { inferRouterOutputs } from '@trpc/server'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formatExact, formatMoment, formatUnit } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'

type Outputs = inferRouterOutputs<AppRouter>['meters']
export type Trial = Outputs['tryOut']
export type ShadowResult = Outputs['shadow']

/** What a draft makes of real events: how many count, why the others do not, its dimensions, and single events. */
export function MeterTrial({ trial, unit }: { trial: Trial; unit: string }) {
  const { sampled, counted, faults, dimensions, shown, isWhole, days } = trial
  if (sampled === 0) {
    return (
      <EmptyState title={`No event of this type in the last ${days} days`} height={120}>
        Paste some below, or save it as it is: it measures what comes.
      </EmptyState>
    )
  }
  const of = days === 0 ? 'pasted' : isWhole ? `of the last ${days} days` : `the newest ${sampled}`
  return (
    <>
      <Notice tone={counted === sampled ? 'good' : counted === 0 ? 'danger' : 'warning'}>
        {counted} of {sampled} events ({of}) can be counted.
      </Notice>
      {faults.length === 0 ? null : (
        <ul className="faults">
          {faults.map(({ detail, events }) => (
            <li key={detail}>
              <span className="num">{events}</span> {detail}
            </li>
          ))}
        </ul>
      )}
      {dimensions.length === 0 ? null : (
        <DataTable
          name="Dimensions"
          rows={dimensions}
          rowKey={({ name }) => name}
          columns={[
            { key: 'name', head: 'Dimension', cell: ({ name }) => <span className="mono">{name}</span> },
            { key: 'seen', head: 'Values seen', cell: ({ seen }) => seen },
            { key: 'estimated', head: 'Estimated in all', cell: ({ estimated }) => estimated },
            { key: 'empty', head: 'Without', cell: ({ empty }) => empty },
            {
              key: 'top',
              head: 'Most frequent',
              isText: true,
              cell: ({ top }) => (
                <span className="clip">{top.map(({ value, events }) => `${value} (${events})`).join(', ')}</span>
              ),
            },
          ]}
        />
      )}
      <DataTable
        name="Events tried"
        rows={shown.map((row, at) => ({ ...row, key: `${at} ${row.id}` }))}
        rowKey={({ key }) => key}
        rowClass={({ result }) => (result.ok ? undefined : 'late')}
        columns={[
          { key: 'id', head: 'Event', cell: ({ id }) => <span className="mono clip">{id}</span> },
          { key: 'app', head: 'App', isText: true, cell: ({ app }) => app ?? '' },
          { key: 'at', head: 'When, UTC', isText: true, cell: ({ at }) => formatMoment(at, 'UTC') },
          {
            key: 'quantity',
            head: 'Quantity',
            cell: ({ result }) =>
              result.ok ? (
                <>
                  {result.uniqueValue === '' ? formatExact(result.quantity) : result.uniqueValue}{' '}
                  <span className="un mut">{result.uniqueValue === '' ? formatUnit(unit, result.quantity) : ''}</span>
                </>
              ) : (
                <span className="mut">held</span>
              ),
          },
          {
            key: 'why',
            head: 'Dimensions, or why not',
            isText: true,
            cell: ({ result }) => (
              <span className="clip">
                {result.ok
                  ? result.dimensions.map(([name, value]) => `${name} ${value || '(none)'}`).join(', ')
                  : result.detail}
              </span>
            ),
          },
        ]}
      />
    </>
  )
}

/** The draft beside the version in force, app by app, on the same events. */
export function MeterShadow({ shadow }: { shadow: ShadowResult }) {
  const { rows, before, unit, events, total, from, to, counted, faults } = shadow
  const value = (text: string | null) => (text === null ? <span className="mut">nothing</span> : formatExact(text))
  return (
    <>
      <Notice tone={rows.every(({ difference }) => difference === '0') ? 'good' : 'info'}>
        {events === total ? `All ${total}` : `The newest ${events} of ${total}`} events from {formatMoment(from, 'UTC')}{' '}
        to {formatMoment(to, 'UTC')} UTC.{' '}
        {before === null
          ? 'No version measures now.'
          : `Version ${before} counts ${counted.before}, the draft ${counted.after}.`}
      </Notice>
      {faults.after.length === 0 ? null : (
        <ul className="faults">
          {faults.after.map(({ detail, events: held }) => (
            <li key={detail}>
              <span className="num">{held}</span> {detail}
            </li>
          ))}
        </ul>
      )}
      <DataTable
        name="Draft beside the version in force"
        rows={rows}
        rowKey={({ space, app }) => `${space} ${app}`}
        sort={{ key: 'difference', direction: 'descending' }}
        empty={<EmptyState title="Neither measures anything in this time" height={100} />}
        columns={[
          { key: 'app', head: 'App', cell: ({ app }) => app },
          { key: 'space', head: 'Developer space', isText: true, cell: ({ space }) => space ?? 'nobody' },
          { key: 'before', head: before === null ? 'Now' : `Version ${before}`, cell: ({ before: was }) => value(was) },
          { key: 'after', head: 'Draft', cell: ({ after }) => value(after) },
          {
            key: 'difference',
            head: `Difference, ${formatUnit(unit)}`,
            sortBy: ({ difference }) => difference,
            isDecimal: true,
            cell: ({ difference }) => formatExact(difference),
          },
        ]}
      />
    </>
  )
}
