'use client'
import { useMutation } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/ui/data-table.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { RightsFields, type RightsView, rightsOf } from './rights-fields.tsx'
import { ROLE_WORDS } from './role-words.ts'

export type PeopleView = inferRouterOutputs<AppRouter>['people']['members']
type Member = PeopleView['members'][number]

/** The members of a space, with what may be done about each. */
export function MembersTable({
  members,
  apps,
  you,
  onSettled,
}: Pick<PeopleView, 'members' | 'apps' | 'you'> & { onSettled: () => unknown }) {
  const { space } = useFrame()
  const trpc = useTRPC()
  const change = useMutation(trpc.people.changeMember.mutationOptions({ onSettled }))
  const remove = useMutation(trpc.people.removeMember.mutationOptions({ onSettled }))
  const isLastAdmin = ({ role }: Member) =>
    role === 'admin' && members.filter((each) => each.role === 'admin').length < 2
  const columns: Column<Member>[] = [
    {
      key: 'name',
      head: 'Name',
      sortBy: ({ name }) => name,
      cell: ({ name, email, personId }) => (
        <>
          {name}
          {personId === you ? <span className="mut"> you</span> : null}
          <br />
          <span className="mut">{email}</span>
        </>
      ),
    },
    {
      key: 'role',
      head: 'Role',
      isText: true,
      sortBy: ({ role }) => role,
      cell: (member) => <RightsWords rights={member} apps={apps} />,
    },
    {
      key: 'factor',
      head: 'Second factor',
      isText: true,
      cell: ({ hasSecondFactor }) => (hasSecondFactor ? 'on' : 'off'),
    },
    {
      key: 'seen',
      head: 'Last here',
      isText: true,
      sortBy: ({ seenAt }) => seenAt,
      cell: ({ seenAt }) =>
        seenAt === null ? <span className="mut">signed out</span> : `${formatMoment(seenAt, 'UTC')} UTC`,
    },
    {
      key: 'acts',
      head: <span className="vh">What may be done</span>,
      isText: true,
      cell: (member) => (
        <span className="kacts">
          <FormDialog
            title={`Change what ${member.name} is`}
            intro={
              isLastAdmin(member) ? 'They are the last admin here, and stay one until there is another.' : undefined
            }
            trigger={<Button aria-label={`Change ${member.name}`}>Change</Button>}
            submitLabel="Change"
            onSubmit={(data) => change.mutateAsync({ space: space.slug, personId: member.personId, ...rightsOf(data) })}
          >
            <RightsFields apps={apps} now={member} />
          </FormDialog>
          <ConfirmDialog
            title={`Remove ${member.name} from ${space.name}?`}
            trigger={
              <Button kind="danger" aria-label={`Remove ${member.name}`}>
                Remove
              </Button>
            }
            confirmLabel="Remove"
            isDanger
            reason="optional"
            onConfirm={(reason) =>
              remove.mutateAsync({ space: space.slug, personId: member.personId, reason: reason || null })
            }
          >
            {isLastAdmin(member)
              ? 'They are the last admin here: name another one first.'
              : 'They lose sight of it at once, also on pages that are open. Their account, and what they did, stay.'}
          </ConfirmDialog>
        </span>
      ),
    },
  ]
  return (
    <DataTable
      name="Members"
      columns={columns}
      rows={members}
      rowKey={({ personId }) => personId}
      empty={<p className="say">Nobody is a member yet. Invite its first admin.</p>}
    />
  )
}

/** What somebody is, in words; the apps of a developer by name. */
export function RightsWords({ rights, apps }: { rights: RightsView; apps: { slug: string; name: string }[] }) {
  const names = rights.apps.map((slug) => apps.find((app) => app.slug === slug)?.name ?? slug)
  const billing = rights.isBillingAdmin ? ', billing admin' : ''
  return (
    <>
      {ROLE_WORDS[rights.role].label}
      {billing}
      {rights.role === 'developer' ? (
        <>
          <br />
          <span className="mut">{names.length === 0 ? 'of no app yet' : names.join(', ')}</span>
        </>
      ) : null}
    </>
  )
}
