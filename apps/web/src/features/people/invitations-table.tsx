'use client'
import { useMutation } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/ui/data-table.tsx'
import { formatMoment } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { type PeopleView, RightsWords } from './members-table.tsx'

type Invitation = PeopleView['invitations'][number]

/** Who was asked and has not answered. */
export function InvitationsTable({
  invitations,
  apps,
  onSettled,
  onSent,
}: Pick<PeopleView, 'invitations' | 'apps'> & {
  onSettled: () => unknown
  onSent: (isSent: boolean, words: string) => void
}) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const resend = useMutation(trpc.people.resendInvitation.mutationOptions({ onSettled }))
  const revoke = useMutation(trpc.people.revokeInvitation.mutationOptions({ onSettled }))
  const columns: Column<Invitation>[] = [
    {
      key: 'email',
      head: 'Invited',
      sortBy: ({ email }) => email,
      cell: ({ email, invitedByName }) => (
        <>
          {email}
          <br />
          <span className="mut">by {invitedByName}</span>
        </>
      ),
    },
    { key: 'role', head: 'As', isText: true, cell: (invitation) => <RightsWords rights={invitation} apps={apps} /> },
    {
      key: 'until',
      head: 'In force until',
      isText: true,
      sortBy: ({ expiresAt }) => expiresAt,
      cell: ({ expiresAt, isExpired }) =>
        isExpired ? <span className="mut">has run out</span> : `${formatMoment(expiresAt, 'UTC')} UTC`,
    },
    {
      key: 'acts',
      head: <span className="vh">What may be done</span>,
      isText: true,
      cell: ({ id, email }) => (
        <span className="kacts">
          <ConfirmDialog
            title={`Send the invitation for ${email} again?`}
            trigger={<Button aria-label={`Send again to ${email}`}>Send again</Button>}
            confirmLabel="Send again"
            onConfirm={async () => {
              const { isSent } = await resend.mutateAsync({ space: space.slug, id })
              onSent(isSent, `The invitation for ${email} is on its way again.`)
            }}
          >
            The link of the last letter stops working; the new one does for seven days.
          </ConfirmDialog>
          <ConfirmDialog
            title={`Revoke the invitation for ${email}?`}
            trigger={
              <Button kind="danger" aria-label={`Revoke for ${email}`}>
                Revoke
              </Button>
            }
            confirmLabel="Revoke"
            isDanger
            onConfirm={() => revoke.mutateAsync({ space: space.slug, id })}
          >
            The link of its letter stops working at once.
          </ConfirmDialog>
        </span>
      ),
    },
  ]
  return (
    <section className="ksection">
      <h2>Open invitations</h2>
      <DataTable name="Open invitations" columns={columns} rows={invitations} rowKey={({ id }) => id} />
    </section>
  )
}
