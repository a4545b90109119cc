'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { CopyText } from '../../components/ui/copy-text.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { formatMoment, formatReason } from '../../format.ts'
import { CorrectionDialog } from '../corrections/correction-dialog.tsx'
import { newId } from '../corrections/new-id.ts'
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
        <Mend held={held} space={space} place={place} onDone={onDone} />
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
        {held.verdict === 'conflict' && isPlatform ? <TakeInstead space={space} place={place} onDone={onDone} /> : null}
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

/** The content, to be replayed as it is or as an edited copy of the same source and id. */
function Mend({
  held,
  space,
  place,
  onDone,
}: {
  held: HeldEventView
  space: string | null
  place: Place
  onDone: (words: string) => void
}) {
  const original = readable(held.content ?? '')
  const [content, setContent] = useState(original)
  const isEdited = content !== original
  return (
    <>
      <TextArea
        label="As received; an edited copy keeps its source and id"
        name="content"
        value={content}
        onChange={(event) => setContent(event.target.value)}
        rows={Math.min(24, original.split('\n').length + 1)}
        isMono
        isOptional
      />
      <div className="kbar">
        <CorrectionDialog
          space={space}
          title={isEdited ? 'Replay the edited copy' : 'Replay this event'}
          trigger={<Button kind="main">{isEdited ? 'Try the edited copy…' : 'Try a replay…'}</Button>}
          asked={{ act: 'replay', on: { places: [isEdited ? { ...place, content } : place] } }}
          onDone={onDone}
        />
        {isEdited ? <Button onClick={() => setContent(original)}>Back to the original</Button> : null}
      </div>
    </>
  )
}

/** Digits or an exponent that a double may not hold. */
const LONG_NUMBER = /\d{16}|\d[eE][+-]?\d/

/** On several lines, where that is sure to change no value. */
function readable(text: string): string {
  if (LONG_NUMBER.test(text)) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function TakeInstead({
  space,
  place,
  onDone,
}: {
  space: string | null
  place: Place
  onDone: (words: string) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const take = useMutation(trpc.corrections.takeInstead.mutationOptions())
  const [id] = useState(newId)
  return (
    <ConfirmDialog
      title="Take this one instead of the first"
      trigger={<Button kind="main">Take it instead…</Button>}
      confirmLabel="Take it instead"
      reason="required"
      onConfirm={async (reason) => {
        await take.mutateAsync({ ...(space === null ? {} : { space }), ...place, id, reason })
        onDone('The first event gets this content, and this one is held no longer, in a matter of seconds.')
        await queryClient.invalidateQueries({ queryKey: trpc.quarantine.pathKey() })
      }}
    >
      <p>
        The first event is amended with the content of this one, or replayed with it where it does not count; this one
        is dismissed.
      </p>
    </ConfirmDialog>
  )
}
