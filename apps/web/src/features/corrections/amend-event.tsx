'use client'
import { useQuery } from '@tanstack/react-query'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { placeOf } from '../quarantine/quarantine-address.ts'
import { EditedCopy } from './edited-copy.tsx'

/** One event that counts, with the content that it shall count with. `event`: `app:batch:pos`. */
export function AmendEvent({ event, onDone }: { event: string; onDone: (words: string) => void }) {
  const trpc = useTRPC()
  const place = placeOf(event)
  const query = useQuery(
    trpc.quarantine.find.queryOptions(place ?? { app: '-', batch: '1', pos: 0 }, { enabled: place !== null }),
  )
  if (place === null)
    return (
      <EmptyState title="No such event" height={120}>
        The address is not whole: choose the event again.
      </EmptyState>
    )
  return (
    <section aria-label="The event to amend">
      <h2 className="q sect">
        Amend <span className="sub mono">{query.data?.id ?? event}</span>
      </h2>
      <QueryRegion query={query} what="The event" height={240}>
        {(found) =>
          found === null ? (
            <EmptyState title="No such event" height={120}>
              It is not there, or not what counts any more.
            </EmptyState>
          ) : (
            <EditedCopy act="amend" content={found.content} space={null} place={place} onDone={onDone} />
          )
        }
      </QueryRegion>
    </section>
  )
}
