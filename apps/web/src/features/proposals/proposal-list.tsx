'use client'
// Proposals: acts that wait for a second person, and what became of them.
// Promises: what it would do is read before it is decided; nobody is offered to decide their own.
// Does not know: how an act is done; the server does it in the transaction that decides it.
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { formatInstants, formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import { EffectLines } from './effect-lines.tsx'

type ProposalView = inferRouterOutputs<AppRouter>['proposals']['list']['proposals'][number]
type Decide = (input: {
  id: string
  decision: 'approved' | 'rejected' | 'withdrawn'
  reason: string | null
}) => Promise<unknown>

/** All of the platform, or those of a space and the reader's own. `isWaiting`: those that may still be decided. */
export function ProposalList({ space, isWaiting, path }: { space: string | null; isWaiting: boolean; path: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const next = { getNextPageParam: (page: { next: string | null }) => page.next ?? undefined }
  const platform = useInfiniteQuery(
    trpc.proposals.list.infiniteQueryOptions({ waiting: isWaiting }, { ...next, enabled: space === null }),
  )
  const ofSpace = useInfiniteQuery(
    trpc.proposals.listOfSpace.infiniteQueryOptions(
      { space: space ?? '', waiting: isWaiting },
      { ...next, enabled: space !== null },
    ),
  )
  const query = space === null ? platform : ofSpace
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() })
  const decide = useMutation(trpc.proposals.decide.mutationOptions({ onSettled }))
  const decideInSpace = useMutation(trpc.proposals.decideInSpace.mutationOptions({ onSettled }))
  const onDecide: Decide = (input) =>
    space === null ? decide.mutateAsync(input) : decideInSpace.mutateAsync({ ...input, space })
  return (
    <>
      <Segments
        name="Which proposals"
        options={[
          { key: 'waiting', label: 'Waiting', href: path, isCurrent: isWaiting },
          { key: 'decided', label: 'Decided', href: `${path}?state=decided`, isCurrent: !isWaiting },
        ]}
      />
      <QueryRegion query={{ ...query, data: query.data?.pages.flatMap((page) => page.proposals) }} what="The proposals">
        {(proposals) =>
          proposals.length === 0 ? (
            <EmptyState title={isWaiting ? 'Nothing waits for a second person' : 'Nothing was decided yet'}>
              What one person asks for and another has to approve stands here: corrections above a stated amount,
              back-dated prices and rights, apps that change their space.
            </EmptyState>
          ) : (
            <ol className="proposals">
              {proposals.map((proposal) => (
                <Proposal key={proposal.id} proposal={proposal} onDecide={onDecide} />
              ))}
            </ol>
          )
        }
      </QueryRegion>
      {query.hasNextPage ? (
        <p className="kmore">
          <Button isPending={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </p>
      ) : null}
    </>
  )
}

const STATES: Record<ProposalView['state'], string> = {
  waiting: 'waits',
  expired: 'expired, and was not done',
  approved: 'approved and done',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
}

function Proposal({ proposal, onDecide }: { proposal: ProposalView; onDecide: Decide }) {
  const {
    id,
    title,
    state,
    effect,
    reason,
    proposedBy,
    proposedAt,
    expiresAt,
    decision,
    space,
    mayDecide,
    mayWithdraw,
  } = proposal
  return (
    <li>
      <div className="q">
        <h2>{title}</h2>
        {space ? <span className="sub">{space}</span> : null}
        <span className={`end ${state === 'approved' ? 'good' : state === 'waiting' ? 'warn' : ''}`}>
          {STATES[state]}
        </span>
      </div>
      <p>{formatInstants(effect.summary, 'UTC')}</p>
      <EffectLines lines={effect.lines} />
      <p className="sub">
        <b>{proposedBy}</b> proposed it on {formatMoment(proposedAt, 'UTC')} UTC: “{reason}”
        {state === 'waiting' ? ` It expires on ${formatMoment(expiresAt, 'UTC')}.` : null}
      </p>
      {decision ? (
        <p className="sub">
          <b>{decision.by}</b> on {formatMoment(decision.at, 'UTC')} UTC
          {decision.reason ? `: “${decision.reason}”` : ''}
        </p>
      ) : null}
      <details>
        <summary className="link">What exactly is asked for</summary>
        <pre className="kpre">{proposal.payload}</pre>
      </details>
      <div className="kbar">
        {mayDecide ? (
          <>
            <ConfirmDialog
              title={`Approve: ${title}`}
              trigger={<Button kind="main">Approve…</Button>}
              confirmLabel="Approve, and do it"
              reason="optional"
              onConfirm={(why) => onDecide({ id, decision: 'approved', reason: why || null })}
            >
              <p>{formatInstants(effect.summary, 'UTC')}</p>
              <p>It is done at once, as proposed, with both your names in the audit log.</p>
            </ConfirmDialog>
            <ConfirmDialog
              title={`Reject: ${title}`}
              trigger={<Button>Reject…</Button>}
              confirmLabel="Reject"
              reason="required"
              onConfirm={(why) => onDecide({ id, decision: 'rejected', reason: why })}
            >
              <p>Nothing is changed. Whoever proposed it sees your reason.</p>
            </ConfirmDialog>
          </>
        ) : null}
        {mayWithdraw ? (
          <>
            <ConfirmDialog
              title={`Withdraw: ${title}`}
              trigger={<Button>Withdraw…</Button>}
              confirmLabel="Withdraw"
              onConfirm={() => onDecide({ id, decision: 'withdrawn', reason: null })}
            >
              <p>Nothing is changed, and nobody can approve it any more.</p>
            </ConfirmDialog>
            <span className="sub">It is yours: another person has to approve it.</span>
          </>
        ) : null}
      </div>
    </li>
  )
}
