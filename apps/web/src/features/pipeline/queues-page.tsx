'use client'
import { useQuery } from '@tanstack/react-query'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatCount } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'

const LOOK_MS = 3_000

/** What waits in Redis. Every job is a hint: what is lost with a queue is announced again from the journal. */
export function QueuesPage() {
  const trpc = useTRPC()
  const query = useQuery(trpc.desk.queues.queryOptions(undefined, { refetchInterval: LOOK_MS }))
  const number = (value: number) => formatCount(String(value))
  return (
    <main id="main" tabIndex={-1}>
      <PageHead
        title="Queues"
        sub="jobs are hints; the journal is the truth, and a worker looks by itself twice a second"
      >
        <a className="btn line" href="/admin/queues/board">
          Open the board
        </a>
      </PageHead>
      <QueryRegion
        query={{ ...query, data: query.data === undefined ? undefined : { queues: query.data } }}
        what="The queues"
      >
        {({ queues }) =>
          queues === null ? (
            <Notice tone="warning" title="Redis does not answer">
              Nothing is lost: workers find what waits in the journal by themselves.
            </Notice>
          ) : (
            <DataTable
              name="Queues"
              rows={queues}
              rowKey={({ name }) => name}
              empty={
                <EmptyState title="There is no queue yet">
                  The first app makes the first shard, and that its queue.
                </EmptyState>
              }
              columns={[
                { key: 'name', head: 'Queue', cell: ({ name }) => <span className="mono">{name}</span> },
                {
                  key: 'waiting',
                  head: 'Waiting',
                  sortBy: ({ waiting }) => waiting,
                  cell: ({ waiting }) => number(waiting),
                },
                { key: 'active', head: 'Active', sortBy: ({ active }) => active, cell: ({ active }) => number(active) },
                { key: 'delayed', head: 'Delayed', cell: ({ delayed }) => number(delayed) },
                { key: 'failed', head: 'Failed', sortBy: ({ failed }) => failed, cell: ({ failed }) => number(failed) },
                { key: 'completed', head: 'Completed, kept', cell: ({ completed }) => number(completed) },
              ]}
            />
          )
        }
      </QueryRegion>
    </main>
  )
}
