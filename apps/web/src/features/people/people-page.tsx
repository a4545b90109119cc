'use client'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { type Column, DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useTRPC } from '../portal/trpc.ts'
import { ROLE_WORDS } from './role-words.ts'

type Found = inferRouterOutputs<AppRouter>['people']['find']['people'][number]

const MINUTES = ['15', '30', '60'].map((value) => ({ value, label: `${value} minutes` }))

/** People of the platform, found by name or address: which of them run it, and what others see. */
export function PeopleTable({ text, isPlatformAdmin }: { text: string; isPlatformAdmin: boolean }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.people.find.pathKey() })
  const asked = { text, ...(isPlatformAdmin ? { isPlatformAdmin } : {}) }
  const query = useInfiniteQuery(trpc.people.find.infiniteQueryOptions(asked, NEXT_PEOPLE))
  const setAdmin = useMutation(trpc.people.setPlatformAdmin.mutationOptions({ onSettled }))
  const look = useMutation(trpc.people.beginLookingOn.mutationOptions())
  const pages = query.data?.pages
  const you = pages?.[0]?.you
  const acts = (person: Found) => (
    <span className="kacts">
      {person.isPlatformAdmin ? null : (
        <FormDialog
          title={`Look on as ${person.name}`}
          intro="You see what they see and can change nothing. They are not told; the audit log is."
          trigger={<Button aria-label={`Look on as ${person.name}`}>Look on as</Button>}
          submitLabel="Look on"
          onSubmit={async (data) => {
            const reason = String(data.get('reason')).trim()
            const minutes = Number(data.get('minutes'))
            await look.mutateAsync({ personId: person.id, reason, minutes })
            // everything that was read was somebody else's: nothing of it may stay
            window.location.assign('/')
          }}
        >
          <TextArea
            label="Reason"
            name="reason"
            hint="Kept in the audit log, with your name."
            expected="why, in a few words"
            maxLength={1_000}
          />
          <SelectField label="For" name="minutes" options={MINUTES} />
        </FormDialog>
      )}
      <ConfirmDialog
        title={
          person.isPlatformAdmin ? `Take the platform from ${person.name}?` : `Let ${person.name} run the platform?`
        }
        trigger={
          <Button
            kind={person.isPlatformAdmin ? 'danger' : 'line'}
            aria-label={`${person.isPlatformAdmin ? 'Remove as' : 'Make'} platform admin: ${person.name}`}
          >
            {person.isPlatformAdmin ? 'Remove as platform admin' : 'Make platform admin'}
          </Button>
        }
        confirmLabel={person.isPlatformAdmin ? 'Remove' : 'Make platform admin'}
        isDanger={person.isPlatformAdmin}
        reason="required"
        onConfirm={(reason) =>
          setAdmin.mutateAsync({ personId: person.id, isPlatformAdmin: !person.isPlatformAdmin, reason })
        }
      >
        {person.isPlatformAdmin
          ? 'They keep their developer spaces, and lose everything else at once.'
          : 'They see every developer space, and may change the catalogue, correct usage and close periods.'}
      </ConfirmDialog>
    </span>
  )
  const columns: Column<Found>[] = [
    {
      key: 'name',
      head: 'Name',
      cell: ({ id, name, email }) => (
        <>
          {name}
          {id === you ? <span className="mut"> you</span> : null}
          <br />
          <span className="mut">{email}</span>
        </>
      ),
    },
    { key: 'spaces', head: 'Developer spaces', isText: true, cell: (person) => <SpacesWords {...person} /> },
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
      cell: ({ seenAt }) =>
        seenAt === null ? <span className="mut">signed out</span> : `${formatMoment(seenAt, 'UTC')} UTC`,
    },
    { key: 'acts', head: <span className="vh">What may be done</span>, isText: true, cell: acts },
  ]
  return (
    <QueryRegion query={{ ...query, data: pages?.flatMap(({ people }) => people) }} what="The people">
      {(people) => (
        <DataTable
          name="People"
          columns={columns}
          rows={people}
          rowKey={({ id }) => id}
          empty={
            <EmptyState title="Nobody is called that">
              Search for a part of a name or an address. People come by invitation into a developer space.
            </EmptyState>
          }
          paging={{
            hasMore: query.hasNextPage,
            isLoading: query.isFetchingNextPage,
            onMore: () => void query.fetchNextPage(),
          }}
        />
      )}
    </QueryRegion>
  )
}

/** How the pages of the list follow each other, on the server and here. */
const NEXT_PEOPLE = {
  getNextPageParam: (page: { next: string | null }) => page.next ?? undefined,
}

function SpacesWords({ isPlatformAdmin, spaces }: Found) {
  const words = spaces.map(({ name, role }) => `${name} (${ROLE_WORDS[role].label.toLowerCase()})`)
  if (isPlatformAdmin) return <>runs the platform{words.length > 0 ? `; ${words.join(', ')}` : ''}</>
  return words.length > 0 ? words.join(', ') : <span className="mut">none</span>
}
