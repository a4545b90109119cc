'use client'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatReason } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import type { KeyChoices } from './key-words.ts'

const LOOK_MS = 700

type Sent = { app: string; source: string; id: string }
type Life = inferRouterOutputs<AppRouter>['events']['find']

/** Sends one event by the way of all events, flagged as a test, and tells what becomes of it. */
export function TestEventBox(props: {
  space: string
  app: string
  choices: KeyChoices
  type: string
  onType: (type: string) => void
}) {
  const { space, app, choices, type, onType } = props
  const trpc = useTRPC()
  const choice = choices.types.find((each) => each.type === type)
  const [typed, setTyped] = useState<{ type: string; data: string } | null>(null)
  const data = typed?.type === type ? typed.data : (choice?.data ?? '{}')
  const [subject, setSubject] = useState('example-1')
  const [sent, setSent] = useState<Sent | null>(null)
  const send = useMutation(trpc.keys.sendTest.mutationOptions())
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setSent(null)
    const answer = await send
      .mutateAsync({ space, app, type, data, subject: choice?.needsSubject ? subject : '' })
      .catch(() => null)
    if (answer?.ok) setSent({ app, source: answer.source, id: answer.id })
  }
  const refused = send.data?.ok === false ? send.data : null
  return (
    <form className="ktest" onSubmit={(event) => void submit(event)}>
      <div className="kfields">
        <SelectField
          label="Event type"
          name="type"
          value={type}
          onChange={(event) => onType(event.target.value)}
          options={choices.types.map((each) => ({
            value: each.type,
            label: `${each.type} (${each.meters.join(', ')})`,
          }))}
        />
        {choice?.needsSubject ? (
          <TextField
            label="Subject"
            name="subject"
            hint="Its meter asks who used it."
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
          />
        ) : null}
        <TextArea
          label="Data"
          name="data"
          isMono
          rows={6}
          value={data}
          onChange={(event) => setTyped({ type, data: event.target.value })}
          error={refused?.errors.map(({ field, message }) => `${field}: ${message}`).join('; ')}
          isOptional
        />
        <div>
          <Button type="submit" kind="main" isPending={send.isPending}>
            Send a test event
          </Button>
        </div>
      </div>
      <div role="status" className="kverdict">
        {send.isError ? (
          <Notice tone="danger" title="It was not sent">
            {send.error.message}
          </Notice>
        ) : null}
        {refused ? (
          <Notice tone="danger" title="The door did not take it">
            {refused.detail}
          </Notice>
        ) : null}
        {sent ? <Verdict key={sent.id} space={space} sent={sent} /> : null}
      </div>
    </form>
  )
}

function Verdict({ space, sent }: { space: string; sent: Sent }) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.events.find.queryOptions(
      { space, ...sent },
      { refetchInterval: ({ state }) => (isWaiting(state.data) ? LOOK_MS : false), retry: true, retryDelay: LOOK_MS },
    ),
  )
  const life = query.data
  if (life === undefined || isWaiting(life)) {
    return <Notice title="Taken: it is in the journal">Waiting for its verdict…</Notice>
  }
  return <VerdictOf life={life} />
}

function VerdictOf({ life }: { life: Life }) {
  if (!('verdict' in life)) return null
  const { verdict, usage } = life
  if (life.state === 'counted') {
    return (
      <Notice tone="good" title="Counted, as a test: it costs nothing">
        {usage.map(({ meter, quantity, unit }) => `${meter}: ${quantity ?? ''} ${unit ?? ''}`.trim()).join(' · ')}
        {verdict.detail ? <p>{verdict.detail}</p> : null}
      </Notice>
    )
  }
  return (
    <Notice
      tone="warning"
      title={`${life.state === 'quarantined' ? 'Held' : life.state}: ${formatReason(verdict.reason)}`}
    >
      <p>{verdict.detail}</p>
      {verdict.cure ? <p>{verdict.cure}</p> : null}
    </Notice>
  )
}

function isWaiting(life: Life | undefined): boolean {
  return life !== undefined && (life.state === 'taken' || life.state === 'unknown')
}
