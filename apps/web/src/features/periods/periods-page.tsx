'use client'
// Periods: the months of every space, what stands in the way of closing one, and the act that closes it.
// Promises: a month is closed only when its checklist holds; closed twice is closed once; what is issued never moves.
// Does not know: what a checklist asks for; the server works it out anew in the transaction that closes.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { formatCount, formatInstants, formatMoment, formatMonth, formatPayable, formatZone } from '../../format.ts'
import type { PeriodView, SpacePeriodsView } from '../admin/desk-view.ts'
import { useTRPC } from '../portal/trpc.ts'

/** `space`: only this one's. */
export function PeriodsPage({ space }: { space: string | undefined }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.desk.periods.queryOptions(space === undefined ? {} : { space }))
  const [said, setSaid] = useState<string | null>(null)
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Period close" sub="a month of a developer space, by its billing zone">
        {space === undefined ? null : (
          <Link className="btn line" href="/admin/periods">
            All spaces
          </Link>
        )}
      </PageHead>
      <div role="status">{said ? <Notice tone="good">{said}</Notice> : null}</div>
      <QueryRegion query={query} what="The periods" height={400}>
        {({ spaces }) =>
          spaces.length === 0 ? (
            <EmptyState title="No developer space">
              Months are of developer spaces; there is none by this name.
            </EmptyState>
          ) : (
            spaces.map((each) => <SpacePeriods key={each.slug} space={each} onClosed={setSaid} />)
          )
        }
      </QueryRegion>
    </main>
  )
}

const STATES: Record<PeriodView['state'], string> = {
  open: 'runs',
  closing: 'to be closed',
  closed: 'closed',
  amended: 'closed; corrected since',
}

function SpacePeriods({ space, onClosed }: { space: SpacePeriodsView; onClosed: (words: string) => void }) {
  return (
    <section className="months-to-close" aria-label={space.name}>
      <h2 className="q sect">
        {space.name} <span className="sub">billing zone {formatZone(space.billingZone)}</span>
      </h2>
      <DataTable
        name={`Months of ${space.name}`}
        rows={space.periods}
        rowKey={({ id }) => id}
        columns={[
          {
            key: 'month',
            head: 'Month',
            cell: ({ id, start }) => (
              <Link className="link" href={`/s/${space.slug}/statements/${id}`} prefetch={false}>
                {formatMonth(start, space.billingZone)}
              </Link>
            ),
          },
          { key: 'state', head: 'State', isText: true, cell: ({ state }) => STATES[state] },
          {
            key: 'total',
            head: 'Total',
            cell: ({ total }) => (
              <>
                {formatPayable(total, space.currency)} <span className="un mut">{space.currency}</span>
              </>
            ),
          },
          {
            key: 'checklist',
            head: 'Checklist, or who closed it',
            isText: true,
            cell: (period) =>
              period.closedAt ? (
                <span className="mut">
                  {period.closedBy}, {formatMoment(period.closedAt, 'UTC')} UTC
                </span>
              ) : (
                <Checklist period={period} zone={space.billingZone} />
              ),
          },
          {
            key: 'act',
            head: <span className="vh">Act</span>,
            cell: (period) =>
              period.state === 'closing' ? <Close space={space} period={period} onClosed={onClosed} /> : null,
          },
        ]}
      />
    </section>
  )
}

function Checklist({ period, zone }: { period: PeriodView; zone: string }) {
  if (period.checklist === undefined) return <span className="mut">runs until {formatMoment(period.end, zone)}</span>
  return (
    <ul className="two">
      {period.checklist.map(({ key, state, text }) => (
        <li key={key}>
          <span className={state === 'ok' || state === 'waived' ? 'good' : state === 'blocked' ? 'bad' : 'warn'}>
            <Glyph name={state === 'ok' || state === 'waived' ? 'check' : 'warn'} />{' '}
            <span className="vh">{state}: </span>
          </span>
          {formatInstants(text, zone)}
        </li>
      ))}
    </ul>
  )
}

function Close({
  space,
  period,
  onClosed,
}: {
  space: SpacePeriodsView
  period: PeriodView
  onClosed: (words: string) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const close = useMutation(trpc.desk.closePeriod.mutationOptions())
  const held = period.held ?? 0
  const others =
    period.checklist?.filter(({ key, state }) => state !== 'ok' && state !== 'waived' && key !== 'quarantine') ?? []
  if (others.length > 0) return <span className="mut">not yet</span>
  const submit = async (data: FormData) => {
    const waive = held > 0 ? String(data.get('waive')) : null
    const closed = await close.mutateAsync({ space: space.slug, month: period.month, waive })
    onClosed(
      closed.outcome === 'already_closed'
        ? `${period.id} was closed before: nothing was done.`
        : `${closed.id} is issued, with ${closed.total} ${closed.currency}.`,
    )
    await queryClient.invalidateQueries({ queryKey: trpc.desk.pathKey() })
  }
  return (
    <FormDialog
      title={`Close ${formatMonth(period.start, space.billingZone)} of ${space.name}`}
      trigger={<Button kind={period.isReady ? 'main' : 'line'}>Close…</Button>}
      submitLabel="Close the month"
      intro={
        <p>
          The statement is issued with {formatPayable(period.total, space.currency)} and never moves afterwards: usage
          that comes later is a correction in the next one.
        </p>
      }
      onSubmit={submit}
    >
      {held > 0 ? (
        <>
          <Notice tone="warning" title={`${formatCount(String(held))} events of the month are held`}>
            <Link className="link" href="/admin/quarantine">
              Cure them first
            </Link>
            , or say why the month is closed without them. What is cured later is billed in the next statement.
          </Notice>
          <TextArea
            label="Why it is closed in spite of them"
            name="waive"
            hint="Kept with the statement and in the audit log, with your name."
            expected="why, in a few words"
            maxLength={2000}
          />
        </>
      ) : null}
    </FormDialog>
  )
}
