'use client'
import { PriceBookDraft } from '@meterbook/core/rating'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import { checkedInput, textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'

/** Every price book: how much is in it, who has it, and when it changes next. */
export function PricesPage() {
  const trpc = useTRPC()
  const query = useQuery(trpc.prices.list.queryOptions())
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Price books" sub="what usage costs, from when on; times in UTC">
        <NewBook />
      </PageHead>
      <QueryRegion query={query} what="The price books">
        {(books) => (
          <DataTable
            name="Price books"
            rows={books}
            rowKey={({ slug }) => slug}
            empty={<EmptyState title="No price book yet">Usage is counted all the same, and costs nothing.</EmptyState>}
            columns={[
              {
                key: 'name',
                head: 'Price book',
                sortBy: ({ name }) => name,
                cell: ({ slug, name }) => (
                  <Link className="link" href={`/admin/prices/${slug}`} prefetch={false}>
                    {name}
                  </Link>
                ),
              },
              { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
              { key: 'currency', head: 'Currency', isText: true, cell: ({ currency }) => currency },
              { key: 'capabilities', head: 'Capabilities priced', cell: ({ capabilities }) => capabilities },
              { key: 'versions', head: 'Versions', cell: ({ versions }) => versions },
              {
                key: 'spaces',
                head: 'Spaces that have it',
                sortBy: ({ spaces }) => spaces,
                cell: ({ spaces }) => spaces,
              },
              {
                key: 'next',
                head: 'Next change',
                isText: true,
                cell: ({ nextChange }) =>
                  nextChange === null ? <span className="mut">none ahead</span> : formatMoment(nextChange, 'UTC'),
              },
            ]}
          />
        )}
      </QueryRegion>
    </main>
  )
}

function NewBook() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const create = useMutation(trpc.prices.create.mutationOptions())
  return (
    <FormDialog
      title="New price book"
      intro="An empty one. Prices are added version by version, and a space has it from the moment it is subscribed."
      trigger={<Button kind="main">New price book</Button>}
      submitLabel="Create"
      onSubmit={async (data) => {
        const draft = checkedInput(PriceBookDraft, {
          ...{
            name: textOf(data, 'name'),
            slug: textOf(data, 'slug'),
            currency: textOf(data, 'currency').toUpperCase(),
          },
        })
        await create.mutateAsync({ ...draft, reason: textOf(data, 'reason') })
        await queryClient.invalidateQueries({ queryKey: trpc.prices.pathKey() })
      }}
    >
      <TextField label="Name" name="name" placeholder="List prices" maxLength={200} />
      <div className="pairs">
        <TextField label="Slug" name="slug" isMono placeholder="list-2027" />
        <TextField label="Currency" name="currency" isMono defaultValue="USD" />
      </div>
      <TextField label="Reason" name="reason" isOptional maxLength={1000} />
    </FormDialog>
  )
}
