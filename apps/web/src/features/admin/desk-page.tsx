'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatClock, formatCount, formatDuration, formatInstants, formatMoney, formatReason } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { StakeText } from '../quarantine/stake-text.tsx'
import type { DeskView } from './desk-view.ts'

const LOOK_MS = 5_000
const LAG_LATE_MS = 60_000

/** What asks for attention, the costliest first; below it, how the machine is. */
export function DeskPage() {
  const trpc = useTRPC()
  const query = useQuery(trpc.desk.overview.queryOptions(undefined, { refetchInterval: LOOK_MS }))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead
        title="What needs attention"
        sub={query.data ? `as of ${formatClock(query.data.asOf, 'UTC')} UTC` : undefined}
      />
      <QueryRegion query={query} what="The desk" height={400}>
        {(desk) => (
          <>
            <Health desk={desk} />
            <h2 className="q sect">By money at stake</h2>
            <Tasks desk={desk} />
            <p className="sub">
              List prices at the time of each event; allowances are not considered, so it may cost less.
            </p>
          </>
        )}
      </QueryRegion>
    </main>
  )
}

type Task = {
  key: string
  money: number
  href: string
  what: ReactNode
  why: ReactNode
  stake: ReactNode
  count: string
}

function Tasks({ desk }: { desk: DeskView }) {
  const tasks = tasksOf(desk)
  return (
    <>
      {desk.held === null ? (
        <Notice tone="warning" title="What is held is not known">
          ClickHouse does not answer, so nothing can be said of the quarantine or of months to close. This is not
          “nothing”.
        </Notice>
      ) : null}
      <DataTable
        name="What needs attention"
        rows={tasks}
        rowKey={({ key }) => key}
        empty={
          desk.held === null ? undefined : (
            <EmptyState title="Nothing needs attention">
              Nothing is held, no difference is open, no month waits to be closed, nobody waits for a second person.
            </EmptyState>
          )
        }
        columns={[
          {
            key: 'what',
            head: 'What',
            cell: ({ href, what }) => (
              <Link className="link" href={href}>
                {what}
              </Link>
            ),
          },
          { key: 'count', head: 'How many', cell: ({ count }) => count },
          { key: 'stake', head: 'At stake', cell: ({ stake }) => stake },
          { key: 'why', head: 'What to do', isText: true, cell: ({ why }) => <span className="two">{why}</span> },
        ]}
      />
    </>
  )
}

function tasksOf(desk: DeskView): Task[] {
  const held = (desk.held ?? []).map(({ verdict, reason, events, stake, cure }): Task => {
    const query = new URLSearchParams({ verdict, ...(reason === '' ? {} : { reason }) })
    return {
      key: `held ${verdict} ${reason}`,
      money: stake.amounts.reduce((sum, { amount }) => sum + Number(amount), 0),
      href: `/admin/quarantine?${query}`,
      what: `Held: ${formatReason(reason || verdict).toLowerCase()}`,
      why: cure?.text,
      stake: <StakeText stake={stake} />,
      count: formatCount(String(events)),
    }
  })
  const closing = (desk.closing ?? []).map(({ space, month, total, currency, isReady, checklist }): Task => {
    const open = checklist?.filter(({ state }) => state !== 'ok' && state !== 'waived') ?? []
    return {
      key: `close ${space} ${month}`,
      money: isReady ? Number(total) : 0,
      href: `/admin/periods?space=${encodeURIComponent(space)}`,
      what: `${isReady ? 'Ready to close' : 'To close'}: ${space}, ${month}`,
      why: isReady
        ? 'Everything of it is settled, reconciled and free of held events.'
        : formatInstants(open.map(({ text }) => text).join(' '), 'UTC'),
      stake: `${formatMoney(total, currency)} ${currency}`,
      count: '1',
    }
  })
  const others: Task[] = []
  if (desk.openIncidents > 0) {
    others.push({
      key: 'incidents',
      money: Number.POSITIVE_INFINITY,
      href: '/admin/reconciliation',
      what: 'Differences that are not resolved',
      why: 'What was counted is not what was taken. No month that they touch can be closed.',
      stake: <span className="mut">not known</span>,
      count: formatCount(String(desk.openIncidents)),
    })
  }
  if (desk.proposals > 0) {
    others.push({
      key: 'proposals',
      money: 0,
      href: '/admin/proposals',
      what: 'Wait for a second person',
      why: 'Approve or reject what somebody else proposed.',
      stake: '',
      count: formatCount(String(desk.proposals)),
    })
  }
  return [...others, ...held, ...closing].sort((a, b) => (a.money === b.money ? 0 : b.money - a.money))
}

function Health({ desk }: { desk: DeskView }) {
  const isLate = desk.lagMs > LAG_LATE_MS
  const unattributed = desk.held?.find(({ reason }) => reason === 'unattributed')
  return (
    <dl className="facts wide">
      <Place href="/admin/pipeline" name="Behind" tone={isLate ? 'warn' : 'check'}>
        {desk.lagMs === 0
          ? 'nothing waits'
          : `${formatDuration(desk.lagMs)}, ${formatCount(desk.waitingEvents)} events`}
        {desk.isRebuilding ? ', while the projections are rebuilt' : ''}
      </Place>
      <Place href="/admin/pipeline" name="Last hour" tone={desk.lastHour === null ? 'warn' : 'check'}>
        {desk.lastHour === null ? 'not known' : hourWords(desk.lastHour)}
      </Place>
      <Place
        href={unattributed ? '/admin/quarantine?verdict=quarantined&reason=unattributed' : '/admin/quarantine'}
        name="Unattributed"
        tone={desk.held === null || unattributed ? 'warn' : 'check'}
      >
        {desk.held === null ? (
          'not known'
        ) : unattributed ? (
          <>
            <StakeText stake={unattributed.stake} /> in {formatCount(String(unattributed.events))} events
          </>
        ) : (
          'nothing'
        )}
      </Place>
      <Place href="/admin/reconciliation" name="Differences" tone={desk.openIncidents > 0 ? 'bad' : 'check'}>
        {desk.openIncidents === 0 ? 'none open' : `${formatCount(String(desk.openIncidents))} open`}
      </Place>
      <Place href="/admin/periods" name="Months to close" tone={desk.closing === null ? 'warn' : 'check'}>
        {desk.closing === null
          ? 'not known'
          : desk.closing.length === 0
            ? 'none'
            : `${desk.closing.length}, of which ${desk.closing.filter(({ isReady }) => isReady).length} are ready`}
      </Place>
      <Place href="/admin/proposals" name="For a second person" tone="check">
        {desk.proposals === 0 ? 'nothing waits' : `${formatCount(String(desk.proposals))} to decide`}
      </Place>
    </dl>
  )
}

/** `12,340 counted, 12 late; 3 duplicate, 2 held`: what is 0 is left out. */
function hourWords(hour: NonNullable<DeskView['lastHour']>): string {
  const { counted, duplicate, conflict, quarantined, late } = hour
  const some = (count: number, word: string) => (count === 0 ? [] : [`${formatCount(String(count))} ${word}`])
  const others = [...some(duplicate, 'duplicate'), ...some(quarantined + conflict, 'held')]
  const first = [`${formatCount(String(counted))} counted`, ...some(late, 'late')]
  return [first, others].flatMap((words) => (words.length === 0 ? [] : [words.join(', ')])).join('; ')
}

/** One fact of the machine, and the page on which more is said of it. */
function Place(props: { href: string; name: string; tone: 'check' | 'warn' | 'bad'; children: ReactNode }) {
  const { href, name, tone, children } = props
  return (
    <>
      <dt>
        <Link className="link" href={href} prefetch={false}>
          {name}
        </Link>
      </dt>
      <dd className={tone === 'check' ? undefined : tone}>
        <Glyph name={tone === 'check' ? 'check' : 'warn'} /> {children}
      </dd>
    </>
  )
}
