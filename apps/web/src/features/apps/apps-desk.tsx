'use client'
// Apps: what they are, whose, and what belongs to them.
// Promises: what nobody owns and what is archived is in sight; every change is an act in the audit log.
// Does not know: usage and cost of an app, its keys and contributors.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { Segments } from '../../components/ui/segments.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { TransferDialog } from '../transfer/transfer-dialog.tsx'
import { ArchiveApp } from './archive-app.tsx'
import { NewApp } from './new-app.tsx'

type App = inferRouterOutputs<AppRouter>['apps']['list'][number]

const APP_STATES = ['used', 'unowned', 'archived'] as const
type AppState = (typeof APP_STATES)[number]
const LABELS: Record<AppState, string> = { used: 'In use', unowned: 'Without an owner', archived: 'Archived' }

function stateOf({ isArchived, space }: App): AppState {
  return isArchived ? 'archived' : space === null ? 'unowned' : 'used'
}

/** Every app of the platform; all of it stands in the address. `app`, `from`: the one whose events are held for want of an owner, and since when. */
export function AppsDesk(props: { state: AppState; app?: string | undefined; from?: string | undefined }) {
  const { app, from } = props
  const trpc = useTRPC()
  const apps = useQuery(trpc.apps.list.queryOptions())
  const spaces = useQuery(trpc.developerSpaces.list.queryOptions())
  const open = (spaces.data ?? []).filter(({ isArchived }) => !isArchived)
  const one = apps.data?.find(({ slug }) => slug === app)
  const state = one ? stateOf(one) : props.state
  const unowned = (apps.data ?? []).filter((app) => stateOf(app) === 'unowned').length
  return (
    <main id="main" tabIndex={-1}>
      <PageHead title="Apps" sub="of every developer space, and of nobody">
        <NewApp spaces={open} />
      </PageHead>
      {unowned > 0 && state !== 'unowned' ? (
        <Notice tone="warning" title={`${unowned} ${unowned === 1 ? 'app has' : 'apps have'} no owner`}>
          What they use is held.{' '}
          <Link className="link" href="/admin/apps?state=unowned" prefetch={false}>
            Give them to a space
          </Link>
        </Notice>
      ) : null}
      <Segments
        name="Which apps"
        options={APP_STATES.map((key) => ({
          ...{ key, label: LABELS[key], isCurrent: key === state },
          href: key === 'used' ? '/admin/apps' : `/admin/apps?state=${key}`,
        }))}
      />
      {one && from ? (
        <Notice title={`Events of ${one.name} are held since ${formatMoment(from, 'UTC')} UTC`}>
          Give it an owner from that moment on, and replay them.{' '}
          <Link className="link" href="/admin/apps" prefetch={false}>
            Show all apps
          </Link>
        </Notice>
      ) : null}
      <QueryRegion query={apps} what="The apps">
        {(all) => (
          <AppsTable
            apps={one ? [one] : all.filter((each) => stateOf(each) === state)}
            spaces={open}
            state={state}
            from={one ? from : undefined}
          />
        )}
      </QueryRegion>
    </main>
  )
}

const EMPTY: Record<AppState, string> = {
  used: 'No app is in use. Make one, or give one that nobody owns to a space.',
  unowned: 'Every app in use has an owner, so nothing is held for want of one.',
  archived: 'No app is archived.',
}

function AppsTable(props: {
  apps: readonly App[]
  spaces: readonly { slug: string; name: string }[]
  state: AppState
  from?: string | undefined
}) {
  const { apps, spaces, state, from } = props
  return (
    <DataTable
      name={`Apps: ${LABELS[state]}`}
      rows={apps}
      rowKey={({ id }) => id}
      empty={<EmptyState title={`None: ${LABELS[state].toLowerCase()}`}>{EMPTY[state]}</EmptyState>}
      columns={[
        {
          key: 'name',
          head: 'App',
          sortBy: ({ name }) => name,
          cell: ({ name, slug, series, space }) =>
            space === null ? (
              name
            ) : (
              <Link href={`/s/${space.slug}/apps/${slug}/settings`} prefetch={false}>
                <i className={`dot b${series}`} /> {name}
              </Link>
            ),
        },
        { key: 'slug', head: 'Slug', isText: true, cell: ({ slug }) => <span className="mono">{slug}</span> },
        {
          key: 'space',
          head: 'Developer space',
          isText: true,
          sortBy: ({ space }) => space?.name ?? null,
          cell: ({ space, ahead }) => (
            <>
              {space === null ? <span className="mut">nobody</span> : space.name}
              {ahead ? (
                <span className="mut">
                  , {ahead.slug} from {formatMoment(ahead.from, 'UTC')} UTC on
                </span>
              ) : null}
            </>
          ),
        },
        { key: 'rights', head: 'Capabilities', sortBy: ({ rights }) => rights, cell: ({ rights }) => rights },
        { key: 'keys', head: 'Keys', sortBy: ({ keys }) => keys, cell: ({ keys }) => keys },
        { key: 'shard', head: 'Shard', cell: ({ shard }) => shard },
        { key: 'acts', head: 'Acts', isText: true, cell: (app) => <AppActs app={app} spaces={spaces} from={from} /> },
      ]}
    />
  )
}

function AppActs(props: { app: App; spaces: readonly { slug: string; name: string }[]; from?: string | undefined }) {
  const { app, spaces, from } = props
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const onSuccess = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: trpc.apps.pathKey() }),
      queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() }),
    ])
  const rename = useMutation(trpc.apps.renameAnywhere.mutationOptions({ onSuccess }))
  const archive = useMutation(trpc.apps.archiveAnywhere.mutationOptions({ onSuccess }))
  const tryTransfer = useMutation(trpc.apps.tryTransferAnywhere.mutationOptions())
  const transfer = useMutation(trpc.apps.transferAnywhere.mutationOptions({ onSuccess }))
  const { slug: appSlug, name, isArchived } = app
  return (
    <span className="rowacts">
      <FormDialog
        title={`Rename ${name}`}
        trigger={
          <button type="button" className="link" aria-label={`Rename ${name}`}>
            Rename
          </button>
        }
        submitLabel="Rename"
        onSubmit={(data) => rename.mutateAsync({ appSlug, name: textOf(data, 'name'), reason: null })}
      >
        <TextField label="Name" name="name" defaultValue={name} maxLength={200} hint="Its slug stays." />
      </FormDialog>
      {isArchived ? null : (
        <TransferDialog
          app={{ name, owner: app.space?.name ?? null }}
          spaces={spaces.filter(({ slug }) => slug !== app.space?.slug)}
          isStandingIn
          at={from}
          trigger={
            <button
              type="button"
              className="link"
              aria-label={`${app.space === null ? 'Give to a space' : 'Transfer'}: ${name}`}
            >
              {app.space === null ? 'Give to a space' : 'Transfer'}
            </button>
          }
          tryOut={({ to, at }) => tryTransfer.mutateAsync({ appSlug, to, at })}
          ask={(asked) => transfer.mutateAsync({ appSlug, ...asked })}
        />
      )}
      <ArchiveApp app={app} onConfirm={(reason) => archive.mutateAsync({ appSlug, isArchived: !isArchived, reason })} />
    </span>
  )
}
