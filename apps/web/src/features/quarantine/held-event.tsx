'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { Button } from '../../components/ui/button.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatMoment, formatReason } from '../../format.ts'
import { CorrectionDialog } from '../corrections/correction-dialog.tsx'
import { EditedCopy } from '../corrections/edited-copy.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { fixOf, type HeldEventView } from './quarantine-address.ts'
import { StakeText } from './stake-text.tsx'

type Place = { app: string; batch: string; pos: number }
type Input = {
  space: string | null
  place: Place
  mayDismiss: boolean
  isPlatform: boolean
  onDone: (words: string) => void
}

/** One event that is held: as it was received, why it does not count, what cures it, and the acts. */
export function HeldEvent(input: Input) {
  const { space, place } = input
  const trpc = useTRPC()
  const query = useQuery(trpc.quarantine.find.queryOptions({ ...(space === null ? {} : { space }), ...place }))
  return (
    <QueryRegion query={query} what="The event" height={400}>
      {(held) =>
        held === null ? (
          <EmptyState title="No such event">It may have been of another space, or the address is not whole.</EmptyState>
        ) : (
          <Event key={`${held.batch}:${held.pos}`} held={held} {...input} />
        )
      }
    </QueryRegion>
  )
}

function Event({ held, space, place, mayDismiss, isPlatform, onDone }: Input & { held: HeldEventView }) {
  const fix = isPlatform ? fixOf(held) : null
  const isHeld = held.verdict === 'quarantined' || held.verdict === 'conflict'
  return (
    <>
      <Notice
        tone={isHeld ? 'warning' : 'good'}
        title={`${formatReason(held.verdict)}${held.reason ? `: ${formatReason(held.reason).toLowerCase()}` : ''}`}
      >
        {held.detail ? <p className="mono">{held.detail}</p> : null}
        <p>
          {held.cure?.text ?? 'It needs no cure.'}{' '}
          {fix ? (
            <Link className="link fix" href={fix.href}>
              {fix.label}
            </Link>
          ) : null}
        </p>
      </Notice>
      <dl className="facts">
        <dt>Id</dt>
        <dd>
          <CopyText text={held.id} label="the event's id" />
        </dd>
        <dt>Source</dt>
        <dd className="mono">{held.source}</dd>
        <dt>App</dt>
        <dd>
          {held.app}, {held.environment}, {held.space === null ? 'owned by nobody then' : `of ${held.space}`}
        </dd>
        <dt>Happened</dt>
        <dd>{formatMoment(held.time, 'UTC')} UTC</dd>
        <dt>Received</dt>
        <dd>{formatMoment(held.receivedAt, 'UTC')} UTC</dd>
        <dt>At stake</dt>
        <dd>
          <StakeText stake={held.stake} />
        </dd>
      </dl>
      {held.verdict === 'quarantined' ? (
        <EditedCopy act="replay" content={held.content} space={space} place={place} onDone={onDone} />
      ) : (
        <>
          <h2 className="q sect">As received</h2>
          <pre className="kpre">{held.content}</pre>
        </>
      )}
      {held.first ? (
        <>
          <h2 className="q sect">The one that came first, and stands</h2>
          <pre className="kpre">{held.first.content}</pre>
        </>
      ) : null}
      <div className="kbar">
        {held.verdict === 'conflict' && isPlatform ? (
          <CorrectionDialog
            space={space}
            title="Take this one instead of the first"
            trigger={<Button kind="main">Take it instead…</Button>}
            asked={{ instead: place }}
            intro={
              <p>
                The first event is amended with the content of this one, or replayed with it where it does not count;
                this one is dismissed.
              </p>
            }
            onDone={onDone}
          />
        ) : null}
        {isHeld && mayDismiss ? (
          <CorrectionDialog
            space={space}
            title="Dismiss this event"
            trigger={<Button kind="danger">Dismiss…</Button>}
            asked={{ act: 'dismiss', on: { places: [place] } }}
            intro={<p>It is held no longer and never counted. It can be replayed later, if that was wrong.</p>}
            isDanger
            onDone={onDone}
          />
        ) : null}
      </div>
    </>
  )
}
