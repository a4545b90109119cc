'use client'
// Spaces: developer spaces, which own apps and pay.
// Promises: what may no longer change is said before it is tried; an archived space stays in sight of those who run the platform.
// Does not know: usage, statements, people.
import { BillingZone, CurrencyCode, DisplayName, Slug } from '@meterbook/core/catalogue-file'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatZone } from '../../format.ts'
import { checkedInput, textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { BillingFields } from './space-fields.tsx'

/** Every developer space of the platform. */
export function SpacesDesk() {
  const trpc = useTRPC()
  const query = useQuery(trpc.developerSpaces.list.queryOptions())
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Developer spaces" sub="who owns apps, and pays">
        <NewSpace />
      </PageHead>
      <QueryRegion query={query} what="The developer spaces">
        {(spaces) => (
          <DataTable
            name="Developer spaces"
            rows={spaces}
            rowKey={({ id }) => id}
            rowClass={({ isArchived }) => (isArchived ? 'off' : undefined)}
            empty={
              <EmptyState title="No developer space yet">
                Make the first one, give it a price book, and invite an admin: they make the apps and their keys.
              </EmptyState>
            }
            columns={[
              {
                key: 'name',
                head: 'Space',
                sortBy: ({ name }) => name,
                cell: ({ slug, name, isArchived }) => (
                  <>
                    <Link className="link" href={`/admin/spaces/${slug}`} prefetch={false}>
                      {name}
                    </Link>
                    {isArchived ? <span className="mut"> archived</span> : null}
                  </>
                ),
              },
              { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
              {
                key: 'book',
                head: 'Price book',
                isText: true,
                cell: ({ priceBook }) => priceBook ?? <span className="mut">none: nothing is priced</span>,
              },
              { key: 'currency', head: 'Currency', isText: true, cell: ({ currency }) => currency },
              { key: 'zone', head: 'Billing zone', isText: true, cell: ({ billingZone }) => formatZone(billingZone) },
              { key: 'apps', head: 'Apps', sortBy: ({ apps }) => apps, cell: ({ apps }) => apps },
              { key: 'members', head: 'People', sortBy: ({ members }) => members, cell: ({ members }) => members },
            ]}
          />
        )}
      </QueryRegion>
    </main>
  )
}

const Asked = z.object({ slug: Slug, name: DisplayName, currency: CurrencyCode, billingZone: BillingZone })

function NewSpace() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const books = useQuery(trpc.developerSpaces.priceBooks.queryOptions())
  const create = useMutation(trpc.developerSpaces.create.mutationOptions())
  return (
    <FormDialog
      title="New developer space"
      intro="It owns apps and pays for what they use. Nothing of it can be deleted later, only archived."
      trigger={<Button kind="main">New space</Button>}
      submitLabel="Make the space"
      onSubmit={async (data) => {
        const asked = checkedInput(Asked, {
          ...{ slug: textOf(data, 'slug'), name: textOf(data, 'name') },
          ...{ currency: textOf(data, 'currency'), billingZone: textOf(data, 'billingZone') },
        })
        const priceBook = textOf(data, 'priceBook')
        await create.mutateAsync({ ...asked, priceBook: priceBook === '' ? null : priceBook, reason: null })
        await queryClient.invalidateQueries({ queryKey: trpc.developerSpaces.pathKey() })
      }}
    >
      <TextField label="Name" name="name" maxLength={200} placeholder="Fernline" />
      <TextField
        label="Slug"
        name="slug"
        isMono
        placeholder="fernline"
        pattern="[a-z0-9]([a-z0-9_\-]{0,61}[a-z0-9])?"
        expected="small letters, digits, - or _, such as fernline"
        hint="Its name in addresses and on statements. It stays for ever."
      />
      <BillingFields />
      <SelectField
        label="Price book"
        name="priceBook"
        isOptional
        hint="It is subscribed to it from now on. Without one, no app of it can have a right: its usage is held."
        options={[
          { value: '', label: 'none yet' },
          ...(books.data ?? []).map(({ slug, currency }) => ({ value: slug, label: `${slug} (${currency})` })),
        ]}
      />
    </FormDialog>
  )
}
