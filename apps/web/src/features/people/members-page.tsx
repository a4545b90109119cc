'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { SpaceBar } from '../frame/space-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { InvitationsTable } from './invitations-table.tsx'
import { MembersTable } from './members-table.tsx'
import { RightsFields, rightsOf } from './rights-fields.tsx'

const UNSENT = 'The invitation stands, but its letter could not be sent. Send it again in a while.'

/** Who belongs to a space and as what, and who was asked to. */
export function MembersPage() {
  const { space } = useFrame()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const query = useQuery(trpc.people.members.queryOptions({ space: space.slug }))
  const [said, setSaid] = useState<{ tone: 'good' | 'warning'; words: string } | null>(null)
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.people.members.pathKey() })
  const invite = useMutation(trpc.people.invite.mutationOptions({ onSettled }))
  const sayOf = (isSent: boolean, words: string) =>
    setSaid(isSent ? { tone: 'good', words } : { tone: 'warning', words: UNSENT })
  return (
    <>
      <SpaceBar place="Members" />
      <main id="main" tabIndex={-1}>
        <PageHead title="Members" sub={`of ${space.name}`}>
          <FormDialog
            title={`Invite somebody to ${space.name}`}
            intro="They get a letter with a link, which can be used once, within seven days."
            trigger={<Button kind="main">Invite</Button>}
            submitLabel="Send the invitation"
            onSubmit={async (data) => {
              const email = String(data.get('email')).trim()
              const { isSent } = await invite.mutateAsync({ space: space.slug, email, ...rightsOf(data) })
              sayOf(isSent, `The invitation for ${email} is on its way.`)
            }}
          >
            <TextField
              label="E-mail"
              name="email"
              type="email"
              inputMode="email"
              maxLength={254}
              expected="an e-mail address"
            />
            <RightsFields apps={query.data?.apps ?? []} now={{ role: 'developer', isBillingAdmin: false, apps: [] }} />
          </FormDialog>
        </PageHead>
        <div role="status">{said ? <Notice tone={said.tone}>{said.words}</Notice> : null}</div>
        <QueryRegion query={query} what="The members">
          {({ members, invitations, apps, you }) => (
            <>
              <MembersTable members={members} apps={apps} you={you} onSettled={onSettled} />
              {invitations.length > 0 ? (
                <InvitationsTable invitations={invitations} apps={apps} onSettled={onSettled} onSent={sayOf} />
              ) : null}
            </>
          )}
        </QueryRegion>
      </main>
    </>
  )
}
