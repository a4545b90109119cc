'use client'
import { useMutation } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/ui/data-table.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import { agentWords } from './agent-words.ts'

type Session = inferRouterOutputs<AppRouter>['account']['read']['sessions'][number]

/** Where one is signed in, and the end of it. */
export function SessionsPart({ sessions, onSettled }: { sessions: Session[]; onSettled: () => unknown }) {
  const trpc = useTRPC()
  const end = useMutation(trpc.account.endSession.mutationOptions({ onSettled }))
  const endOthers = useMutation(trpc.account.endOtherSessions.mutationOptions({ onSettled }))
  const columns: Column<Session>[] = [
    {
      key: 'agent',
      head: 'Browser',
      cell: ({ agent, isThis }) => (
        <>
          {agentWords(agent)}
          {isThis ? <span className="mut"> this one</span> : null}
        </>
      ),
    },
    {
      key: 'address',
      head: 'Address',
      isText: true,
      cell: ({ address }) => address || <span className="mut">unknown</span>,
    },
    { key: 'since', head: 'Signed in', isText: true, cell: ({ createdAt }) => `${formatMoment(createdAt, 'UTC')} UTC` },
    { key: 'seen', head: 'Last here', isText: true, cell: ({ seenAt }) => `${formatMoment(seenAt, 'UTC')} UTC` },
    {
      key: 'acts',
      head: <span className="vh">What may be done</span>,
      isText: true,
      cell: ({ id, isThis, agent }) =>
        isThis ? null : (
          <Button
            kind="danger"
            aria-label={`End the session of ${agentWords(agent)}`}
            isPending={end.isPending && end.variables.id === id}
            onClick={() => end.mutate({ id })}
          >
            End
          </Button>
        ),
    },
  ]
  return (
    <section className="ksection">
      <h2>Sessions</h2>
      <DataTable name="Sessions" columns={columns} rows={ownFirst(sessions)} rowKey={({ id }) => id} />
      {sessions.length > 1 ? (
        <p className="kmore">
          <ConfirmDialog
            title="End all other sessions?"
            trigger={<Button kind="danger">End all others</Button>}
            confirmLabel="End them"
            isDanger
            onConfirm={() => endOthers.mutateAsync()}
          >
            Everywhere but here you have to sign in again.
          </ConfirmDialog>
        </p>
      ) : null}
    </section>
  )
}

function ownFirst(sessions: readonly Session[]): Session[] {
  return sessions.toSorted((a, b) => Number(b.isThis) - Number(a.isThis))
}
