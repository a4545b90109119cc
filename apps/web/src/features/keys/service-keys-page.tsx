'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { IssuedKeyNotice } from './issued-key.tsx'
import { TermFields, termsOf } from './key-fields.tsx'
import { type KeyActs, KeyTable } from './key-table.tsx'
import type { IssuedKey } from './key-words.ts'

/** The keys of platform services: each may send for any app, and names it in every event. */
export function ServiceKeysPage() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.keys.services.queryKey() })
  const keys = useQuery(trpc.keys.services.queryOptions())
  const create = useMutation(trpc.keys.createService.mutationOptions({ onSettled }))
  const rotate = useMutation(trpc.keys.rotateService.mutationOptions({ onSettled }))
  const revoke = useMutation(trpc.keys.revokeService.mutationOptions({ onSettled }))
  const [issued, setIssued] = useState<Pick<IssuedKey, 'key' | 'view'> | null>(null)
  const acts: KeyActs = {
    rotate: async ({ id }, input) => setIssued(await rotate.mutateAsync({ id, ...input })),
    revoke: ({ id }, reason) => revoke.mutateAsync({ id, reason }),
  }
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Service keys" sub="of the platform's own services; keys of apps are with their space">
        <FormDialog
          title="A new service key"
          intro="It may send usage for every app of the platform. It is shown once, when it is made."
          trigger={<Button kind="main">New service key</Button>}
          submitLabel="Make the key"
          onSubmit={async (data) => setIssued(await create.mutateAsync(termsOf(data)))}
        >
          <TermFields known={{ types: [], environments: [] }} />
        </FormDialog>
      </PageHead>
      {issued ? (
        <IssuedKeyNotice
          key={issued.view.id}
          name={issued.view.name}
          text={issued.key}
          onDone={() => setIssued(null)}
        />
      ) : null}
      <QueryRegion query={keys} what="The service keys">
        {(all) => (
          <KeyTable
            keys={all}
            acts={acts}
            empty={
              <EmptyState title="No platform service has a key">
                A service that meters on behalf of apps, such as a runtime, sends with one of these.
              </EmptyState>
            }
          />
        )}
      </QueryRegion>
    </main>
  )
}
