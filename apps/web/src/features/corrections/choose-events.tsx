'use client'
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import { AmendEvent } from './amend-event.tsx'
import {
  actOf,
  type CorrectionActName,
  type CorrectionAddress,
  correctionHref,
  selectionOf,
} from './correction-address.ts'
import { CorrectionDialog } from './correction-dialog.tsx'

type Found = inferRouterOutputs<AppRouter>['events']['list']['events'][number]

const ACTS = [
  { value: 'cancel', label: 'Cancel: counts no more' },
  { value: 'amend', label: 'Amend: other content' },
  { value: 'reattribute', label: 'Re-attribute: tried again' },
]
const SHOWN = 10
const TITLES = { cancel: 'Cancel these events', reattribute: 'Re-attribute these events' }

/** Events that count, chosen by the address; tried out, and done or proposed: all that fit, or, to be amended, one of them. */
export function ChooseEvents({ address, onDone }: { address: CorrectionAddress; onDone: (words: string) => void }) {
  const trpc = useTRPC()
  const { act: _named, event, ...rest } = address
  const act = actOf(address)
  const selection = selectionOf(rest)
  const isChosen = act !== null && rest.app !== undefined && rest.from !== undefined && rest.to !== undefined
  const isOfCounted = act === 'cancel' || act === 'amend'
  const found = useQuery(
    trpc.events.list.queryOptions(
      { filter: { ...selection, ...(isOfCounted ? { verdicts: ['counted'] } : {}) }, limit: SHOWN },
      { enabled: isChosen },
    ),
  )
  return (
    <>
      <form className="kbar" action="/admin/corrections" key={JSON.stringify(address)}>
        <SelectField label="Act" name="act" options={ACTS} defaultValue={act ?? 'cancel'} />
        <TextField label="App" name="app" defaultValue={rest.app} isMono />
        <TextField label="From" name="from" defaultValue={rest.from} placeholder="2026-11-01" unit="UTC" />
        <TextField label="To" name="to" defaultValue={rest.to} placeholder="2026-11-02" unit="UTC" />
        <TextField label="Type" name="type" defaultValue={rest.type} isOptional isMono />
        <TextField label="Id, source or subject" name="text" defaultValue={rest.text} isOptional />
        <Button type="submit">Find them</Button>
      </form>
      {isChosen ? (
        <QueryRegion query={found} what="The events" height={120}>
          {({ events, next }) =>
            events.length === 0 ? (
              <EmptyState title="No event fits" height={120}>
                Nothing of this app, in this time, is what this act is for.
              </EmptyState>
            ) : (
              <>
                <EventsThatFit events={events} isAll={next === null} address={address} act={act} />
                {act === 'amend' ? null : (
                  <div className="kbar">
                    <CorrectionDialog
                      space={null}
                      title={TITLES[act]}
                      trigger={<Button kind={act === 'cancel' ? 'danger' : 'main'}>Try it on all that fit…</Button>}
                      asked={{ act, on: { filter: selection } }}
                      intro={<p>What stands below is worked out now, by the same rules that will do it.</p>}
                      isDanger={act === 'cancel'}
                      onDone={onDone}
                    />
                  </div>
                )}
              </>
            )
          }
        </QueryRegion>
      ) : (
        <p className="sub">
          Name the act, the app and the time; a time may have an hour, as in 2026-11-01 14:00. What is held is replayed
          in{' '}
          <Link className="link" href="/admin/quarantine">
            quarantine
          </Link>
          .
        </p>
      )}
      {act === 'amend' && event !== undefined ? <AmendEvent key={event} event={event} onDone={onDone} /> : null}
    </>
  )
}

function EventsThatFit(props: {
  events: readonly Found[]
  isAll: boolean
  address: CorrectionAddress
  act: CorrectionActName
}) {
  const { events, isAll, address, act } = props
  const placeText = ({ app, batch, pos }: Found) => `${app}:${batch}:${pos}`
  return (
    <DataTable
      name="Events that fit, the newest"
      rows={events}
      rowKey={placeText}
      rowClass={(found) => (placeText(found) === address.event ? 'on' : undefined)}
      columns={[
        {
          key: 'id',
          head: isAll ? 'Event' : `Event, the newest ${SHOWN}`,
          cell: (found) =>
            act === 'amend' ? (
              <Link
                className="link clip mono"
                href={correctionHref({ ...address, event: placeText(found) })}
                prefetch={false}
                scroll={false}
              >
                {found.id}
              </Link>
            ) : (
              <span className="mono clip">{found.id}</span>
            ),
        },
        { key: 'type', head: 'Type', isText: true, cell: ({ type }) => <span className="mono">{type}</span> },
        { key: 'time', head: 'Happened, UTC', isText: true, cell: ({ time }) => formatMoment(time, 'UTC') },
        { key: 'verdict', head: 'It is', isText: true, cell: ({ verdict }) => verdict },
      ]}
    />
  )
}
