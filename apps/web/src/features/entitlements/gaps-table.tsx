'use client'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { formatMoment, formatMoney } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { GrantDialog } from './grant-dialog.tsx'

type Found = inferRouterOutputs<AppRouter>['entitlements']['gaps']
type Gap = Found['gaps'][number]

const WORDS: Record<Gap['kind'], { what: string; costs: string }> = {
  unowned: { what: 'No owner', costs: 'all usage of the app is held' },
  unsubscribed: { what: 'No price book', costs: 'no right can be in force: usage is held' },
  dangling: { what: 'Right does not hold', costs: 'its subscription is over or another space’s: usage is held' },
  not_entitled: { what: 'Right is missing', costs: 'the app had it before, or has it later: usage in between is held' },
  unpriced: { what: 'No price', costs: 'usage counts, and costs nothing' },
  double_metered: { what: 'Counted twice', costs: 'two meters of one capability measure the same events' },
  never_entitled: { what: 'Never had the right', costs: 'usage is held for a right the app was never given' },
  curable: { what: 'Held all the same', costs: 'it would count by the catalogue as it is now: replay it' },
}

/** What is missing or double, the most money first. */
export function GapsTable({ found }: { found: Found }) {
  const { gaps, held, assumes } = found
  return (
    <>
      {held.total === 0 ? null : (
        <Notice tone="warning">
          {held.total.toLocaleString('en-US')} events are held for want of an owner or a right
          {held.examined < held.total ? `; money is of the newest ${held.examined.toLocaleString('en-US')}` : ''}.{' '}
          {assumes}
        </Notice>
      )}
      <DataTable
        name="Gaps and overlaps"
        rows={gaps.map((gap, at) => ({ ...gap, key: `${at} ${gap.kind} ${gap.appId}` }))}
        rowKey={({ key }) => key}
        empty={
          <EmptyState title="No gap and no overlap">
            Every app has an owner, every owner a price book, and every right holds, as far as the catalogue reaches.
          </EmptyState>
        }
        columns={[
          {
            key: 'kind',
            head: 'What',
            cell: ({ kind, isAhead }) => (
              <span className="two">
                {WORDS[kind].what}
                {isAhead ? ', ahead' : ''}
                <br />
                <span className="mut">{WORDS[kind].costs}</span>
              </span>
            ),
          },
          {
            key: 'app',
            head: 'App',
            isText: true,
            sortBy: ({ app }) => app,
            cell: ({ app, apps, meters }) => app ?? (apps > 0 ? `${apps} apps` : meters.join(' and ')),
          },
          {
            key: 'space',
            head: 'Space',
            isText: true,
            cell: ({ space }) => space ?? <span className="mut">none</span>,
          },
          {
            key: 'capabilities',
            head: 'Capability',
            isText: true,
            cell: ({ capabilityKeys }) => (
              <span className={`clip${isNamed(capabilityKeys) ? ' mono' : ''}`} title={capabilityKeys.join(', ')}>
                {capabilityKeys.length === 0
                  ? 'all'
                  : isNamed(capabilityKeys)
                    ? capabilityKeys.join(', ')
                    : `${capabilityKeys.length} capabilities`}
              </span>
            ),
          },
          {
            key: 'when',
            head: 'When',
            isText: true,
            sortBy: ({ from }) => from,
            cell: ({ from, to }) => (
              <span className="two">
                {formatMoment(from, 'UTC')}
                <br />
                <span className="mut">to {to === null ? 'further notice' : formatMoment(to, 'UTC')}</span>
              </span>
            ),
          },
          {
            key: 'events',
            head: 'Held',
            sortBy: ({ events }) => events,
            cell: ({ events }) => events.toLocaleString('en-US'),
          },
          {
            key: 'stake',
            head: 'At stake',
            cell: ({ stake, events }) =>
              stake.amounts.length > 0 ? (
                stake.amounts.map(({ currency, amount }) => formatMoney(amount, currency)).join(' + ')
              ) : (
                <span className="mut" title={stake.undecided.map(({ text }) => text).join('; ')}>
                  {events === 0 ? 'nothing yet' : 'cannot be told'}
                </span>
              ),
          },
          { key: 'cure', head: 'Cure', isText: true, cell: (gap) => <GapCure gap={gap} /> },
        ]}
      />
    </>
  )
}

function GapCure({ gap }: { gap: Gap }) {
  const { kind, appId, app, capabilityKeys, from, to, meters } = gap
  if ((kind === 'not_entitled' || kind === 'never_entitled') && app !== null) {
    return <GrantDialog label="Give the right" initial={{ appIds: [appId], capabilityKeys, from, to }} />
  }
  if (kind === 'curable')
    return (
      <Link className="link" href="/admin/quarantine">
        Replay
      </Link>
    )
  if (kind === 'unowned' && app !== null)
    return (
      <Link className="link" href={`/admin/apps?app=${app}`}>
        Give an owner
      </Link>
    )
  if (kind === 'double_metered')
    return (
      <Link className="link" href={`/admin/meters/${meters[1]}`}>
        Look at {meters[1]}
      </Link>
    )
  return (
    <Link className="link" href="/admin/prices">
      Price books
    </Link>
  )
}

/** Few enough to stand there by name. */
function isNamed(keys: readonly string[]): boolean {
  return keys.length > 0 && keys.length < 3
}
