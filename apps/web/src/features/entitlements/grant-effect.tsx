'use client'
import type { inferRouterOutputs } from '@trpc/server'
import { DataTable } from '../../components/ui/data-table.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formatExact, formatMoment, formatUnit } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'

type Trial = inferRouterOutputs<AppRouter>['entitlements']['tryGrant']

const WHY: Record<Trial['uncovered'][number]['why'], string> = {
  unowned: 'nobody owned the app',
  unsubscribed: 'its space had no price book',
  dangling: 'a right stands there that does not hold',
}

/** What a grant would come to: rights, where none can be, and the usage of the past that would count. */
export function GrantEffect({ trial }: { trial: Trial }) {
  const { rights, isBackDated, events, effect, uncovered } = trial
  const span = ({ from, to }: { from: string; to: string | null }) =>
    `${formatMoment(from, 'UTC')} to ${to === null ? 'further notice' : formatMoment(to, 'UTC')}`
  return (
    <>
      <Notice
        tone={isBackDated ? 'warning' : 'info'}
        title={isBackDated ? 'It begins in the past: another person has to approve it' : ''}
      >
        {rights === 0
          ? 'Nothing is missing: every one of these rights is there.'
          : `${rights} right${rights === 1 ? '' : 's'} ${isBackDated ? 'would be' : 'will be'} given.`}{' '}
        {isBackDated
          ? events === 0
            ? 'No event of that time lacks them.'
            : `${events} event${events === 1 ? '' : 's'} that lacked them would be tried again, each counting once.`
          : 'Usage counts from then on.'}
      </Notice>
      {effect === null || effect.usage.length === 0 ? null : (
        <DataTable
          name="Usage that would count"
          rows={effect.usage}
          rowKey={({ app, space, meter }) => `${app} ${space} ${meter}`}
          columns={[
            { key: 'app', head: 'App', cell: ({ app }) => app },
            { key: 'space', head: 'Space', isText: true, cell: ({ space }) => space ?? 'nobody' },
            { key: 'meter', head: 'Meter', isText: true, cell: ({ meter }) => <span className="mono">{meter}</span> },
            { key: 'before', head: 'Of these events now', cell: ({ before }) => formatExact(before.quantity) },
            {
              key: 'after',
              head: 'With the right',
              cell: ({ after, unit }) => (
                <>
                  {formatExact(after.quantity)} <span className="un mut">{formatUnit(unit ?? '', after.quantity)}</span>
                </>
              ),
            },
          ]}
        />
      )}
      {uncovered.length === 0 ? null : (
        <ul className="faults">
          {uncovered.map((each) => (
            <li key={`${each.app} ${each.capabilityKey} ${each.from} ${each.why}`}>
              {each.app}, <span className="mono">{each.capabilityKey}</span>, {span(each)}: none can be given,{' '}
              {WHY[each.why]}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
