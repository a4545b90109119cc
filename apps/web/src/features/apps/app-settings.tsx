'use client'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Button } from '../../components/ui/button.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { validityColumns } from '../catalogue/validity-columns.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { SpaceBar } from '../frame/space-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { TransferDialog } from '../transfer/transfer-dialog.tsx'
import type { AppPlace, AppView } from './app-view.ts'
import { ArchiveApp } from './archive-app.tsx'
import { Installations } from './installations.tsx'
import { AddNamedKey, RenameNamedKey } from './named-key-dialogs.tsx'
import { useAppChanged } from './use-app-changed.ts'

/** What an admin of the owning space sets of one app. */
export function AppSettings({ space, app }: AppPlace) {
  const trpc = useTRPC()
  const query = useQuery(trpc.apps.find.queryOptions({ space, app }))
  return (
    <>
      <SpaceBar place="Settings" app={{ slug: app, name: query.data?.name ?? app }} />
      <main id="main" tabIndex={-1}>
        <PageHead title={query.data?.name ?? app} sub="settings of the app">
          {query.data ? <HeadActs found={query.data} place={{ space, app }} /> : null}
        </PageHead>
        <QueryRegion query={query} what="The settings of the app" height={480}>
          {(found) => <Parts found={found} place={{ space, app }} />}
        </QueryRegion>
      </main>
    </>
  )
}

function HeadActs({ found, place }: { found: AppView; place: AppPlace }) {
  const trpc = useTRPC()
  const onSuccess = useAppChanged()
  const { space: here } = useFrame()
  const change = useMutation(trpc.apps.change.mutationOptions({ onSuccess }))
  const archive = useMutation(trpc.apps.archive.mutationOptions({ onSuccess }))
  const tryTransfer = useMutation(trpc.apps.tryTransfer.mutationOptions())
  const propose = useMutation(trpc.apps.proposeTransfer.mutationOptions({ onSuccess }))
  return (
    <>
      <FormDialog
        title={`Name and colour of ${found.name}`}
        trigger={<Button>Rename</Button>}
        submitLabel="Save"
        onSubmit={(data) =>
          change.mutateAsync({
            ...place,
            name: textOf(data, 'name'),
            series: Number(textOf(data, 'series')),
            reason: null,
          })
        }
      >
        <TextField
          label="Name"
          name="name"
          defaultValue={found.name}
          maxLength={200}
          hint={`Its slug, ${found.slug}, stays.`}
        />
        <SelectField
          label="Colour on charts"
          name="series"
          defaultValue={String(found.series)}
          options={SERIES.map((value) => ({ value, label: `Colour ${value}` }))}
        />
      </FormDialog>
      {found.isArchived ? null : (
        <TransferDialog
          app={{ name: found.name, owner: here.name }}
          spaces={null}
          isStandingIn={false}
          trigger={<Button>Transfer…</Button>}
          tryOut={({ to, at }) => tryTransfer.mutateAsync({ ...place, to, at })}
          ask={({ to, at, reason }) => propose.mutateAsync({ ...place, to, at, reason })}
        />
      )}
      <ArchiveApp
        app={found}
        trigger={
          <Button kind={found.isArchived ? 'line' : 'danger'}>
            {found.isArchived ? 'Put back into use…' : 'Archive…'}
          </Button>
        }
        onConfirm={(reason) => archive.mutateAsync({ ...place, isArchived: !found.isArchived, reason })}
      />
    </>
  )
}

const SERIES = ['1', '2', '3', '4', '5', '6', '7']

function Parts({ found, place }: { found: AppView; place: AppPlace }) {
  const { ahead, isArchived } = found
  return (
    <div className="settings">
      {isArchived ? (
        <Notice tone="warning" title="This app is archived">
          Its keys are refused. What it used stays, is shown, and is still owed.
        </Notice>
      ) : null}
      {ahead ? (
        <Notice tone="info" title={`It goes to ${ahead.slug}`}>
          From {formatMoment(ahead.from, 'UTC')} UTC on. Usage before stays with this space.
        </Notice>
      ) : null}
      <Environments found={found} place={place} />
      <Installations found={found} place={place} />
      <Owners found={found} />
    </div>
  )
}

function Environments({ found, place }: { found: AppView; place: AppPlace }) {
  const trpc = useTRPC()
  const onSuccess = useAppChanged()
  const add = useMutation(trpc.apps.addEnvironment.mutationOptions({ onSuccess }))
  const rename = useMutation(trpc.apps.renameEnvironment.mutationOptions({ onSuccess }))
  return (
    <section aria-labelledby="environments">
      <div className="q">
        <h2 id="environments">Environments</h2>
        <span className="end">
          <AddNamedKey
            kind="environment"
            intro="Events name it by its key. It is never removed."
            example={{ key: 'beta', name: 'Beta' }}
            onAdd={(named) => add.mutateAsync({ ...place, ...named, reason: null })}
          />
        </span>
      </div>
      <DataTable
        name="Environments"
        rows={found.environments}
        rowKey={({ key }) => key}
        empty={
          <EmptyState title="No environment yet" height={120}>
            Events without one are of production.
          </EmptyState>
        }
        columns={[
          { key: 'name', head: 'Name', cell: ({ name }) => name },
          { key: 'key', head: 'Key', isText: true, cell: ({ key }) => <span className="mono">{key}</span> },
          {
            key: 'acts',
            head: 'Acts',
            isText: true,
            cell: ({ key, name }) => (
              <RenameNamedKey
                kind="environment"
                name={name}
                onRename={(renamed) => rename.mutateAsync({ ...place, key, name: renamed, reason: null })}
              />
            ),
          },
        ]}
      />
    </section>
  )
}

function Owners({ found }: { found: AppView }) {
  return (
    <section aria-labelledby="owners">
      <div className="q">
        <h2 id="owners">Owners</h2>
        <span className="sub">whose its usage was, and is</span>
      </div>
      <DataTable
        name="Owners"
        rows={found.owners}
        rowKey={({ from }) => from}
        columns={[
          {
            key: 'space',
            head: 'Developer space',
            cell: ({ name }) => name ?? <span className="mut">another space</span>,
          },
          ...validityColumns(),
        ]}
      />
    </section>
  )
}
