'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { NewApp } from '../apps/new-app.tsx'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { SpaceBar } from '../frame/space-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { SpaceFacts, type SpaceSettingsView } from './space-facts.tsx'
import { SpaceTerms } from './space-terms.tsx'

/** For the admins of a space: its name, and what it is billed by. */
export function SpaceSettings({ space }: { space: string }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  const query = useQuery(trpc.developerSpaces.settings.queryOptions({ space }))
  const rename = useMutation(trpc.developerSpaces.rename.mutationOptions())
  return (
    <>
      <SpaceBar place="Settings" />
      <main id="main" tabIndex={-1}>
        <PageHead title="Settings" sub={`of ${query.data?.name ?? space}`}>
          {query.data ? (
            <FormDialog
              title="Rename the space"
              trigger={<Button>Rename</Button>}
              submitLabel="Rename"
              onSubmit={async (data) => {
                await rename.mutateAsync({ space, name: textOf(data, 'name'), reason: null })
                await queryClient.invalidateQueries()
                router.refresh()
              }}
            >
              <TextField
                label="Name"
                name="name"
                defaultValue={query.data.name}
                maxLength={200}
                hint={`Its slug, ${space}, and with it every address, stays.`}
              />
            </FormDialog>
          ) : null}
        </PageHead>
        <QueryRegion query={query} what="The settings" height={320}>
          {(found) => (
            <div className="settings">
              <SpaceApps found={found} />
              <SpaceFacts found={found} />
              <SpaceTerms found={found} />
            </div>
          )}
        </QueryRegion>
      </main>
    </>
  )
}

function SpaceApps({ found }: { found: SpaceSettingsView }) {
  const { slug: space } = found
  return (
    <section aria-labelledby="apps">
      <div className="q">
        <h2 id="apps">Apps</h2>
        <span className="end">
          <NewApp space={space} />
        </span>
      </div>
      <DataTable
        name="Apps of the space"
        rows={found.appsOwned}
        rowKey={({ slug }) => slug}
        rowClass={({ isArchived }) => (isArchived ? 'off' : undefined)}
        empty={
          <EmptyState title="No app yet" height={120}>
            Make one, then a key for it, and send its first event.
          </EmptyState>
        }
        columns={[
          {
            key: 'name',
            head: 'App',
            sortBy: ({ name }) => name,
            cell: ({ slug, name, series }) => (
              <Link href={`/s/${space}/apps/${slug}/settings`} prefetch={false}>
                <i className={`dot b${series}`} /> {name}
              </Link>
            ),
          },
          { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
          { key: 'state', head: 'State', isText: true, cell: ({ isArchived }) => (isArchived ? 'archived' : 'in use') },
          { key: 'rights', head: 'Capabilities', sortBy: ({ rights }) => rights, cell: ({ rights }) => rights },
          { key: 'keys', head: 'Keys', sortBy: ({ keys }) => keys, cell: ({ keys }) => keys },
        ]}
      />
    </section>
  )
}
