'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { useRouter } from 'next/navigation'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { formatMoment } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { textOf } from '../catalogue/effect-dialog.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { SpaceBar } from '../frame/space-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'
import { TransferDialog } from '../transfer/transfer-dialog.tsx'
import { ArchiveApp } from './archive-app.tsx'

type App = inferRouterOutputs<AppRouter>['apps']['find']
type Place = { space: string; app: string }

/** What an admin of the owning space sets of one app. */
export function AppSettings({ space, app }: Place) {
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

function useChanged(): () => Promise<void> {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  return async () => {
    await queryClient.invalidateQueries({ queryKey: trpc.apps.pathKey() })
    await queryClient.invalidateQueries({ queryKey: trpc.proposals.pathKey() })
    router.refresh()
  }
}

function HeadActs({ found, place }: { found: App; place: Place }) {
  const trpc = useTRPC()
  const onSuccess = useChanged()
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

function Parts({ found, place }: { found: App; place: Place }) {
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

function Environments({ found, place }: { found: App; place: Place }) {
  const trpc = useTRPC()
  const onSuccess = useChanged()
  const add = useMutation(trpc.apps.addEnvironment.mutationOptions({ onSuccess }))
  const rename = useMutation(trpc.apps.renameEnvironment.mutationOptions({ onSuccess }))
  return (
    <section aria-labelledby="environments">
      <div className="q">
        <h2 id="environments">Environments</h2>
        <span className="end">
          <FormDialog
            title="New environment"
            intro="Events name it by its key. It is never removed."
            trigger={<Button>New environment</Button>}
            submitLabel="Add"
            onSubmit={(data) =>
              add.mutateAsync({ ...place, key: textOf(data, 'key'), name: textOf(data, 'name'), reason: null })
            }
          >
            <TextField label="Key" name="key" isMono maxLength={100} placeholder="beta" />
            <TextField label="Name" name="name" maxLength={200} placeholder="Beta" />
          </FormDialog>
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
              <FormDialog
                title={`Rename ${name}`}
                trigger={
                  <button type="button" className="link" aria-label={`Rename the environment ${name}`}>
                    Rename
                  </button>
                }
                submitLabel="Rename"
                onSubmit={(data) => rename.mutateAsync({ ...place, key, name: textOf(data, 'name'), reason: null })}
              >
                <TextField label="Name" name="name" defaultValue={name} maxLength={200} />
              </FormDialog>
            ),
          },
        ]}
      />
    </section>
  )
}

function Installations({ found, place }: { found: App; place: Place }) {
  const trpc = useTRPC()
  const onSuccess = useChanged()
  const add = useMutation(trpc.apps.addInstallation.mutationOptions({ onSuccess }))
  return (
    <section aria-labelledby="installations">
      <div className="q">
        <h2 id="installations">Installations</h2>
        <span className="sub">customers’ sites; usage of one that is exempt is measured and shown, at cost 0</span>
        <span className="end">
          <FormDialog
            title="New installation"
            intro="A customer's site that uses the app, from now on. Events name it by its key; one that is not listed is billed all the same."
            trigger={<Button>New installation</Button>}
            submitLabel="Add"
            onSubmit={(data) =>
              add.mutateAsync({ ...place, key: textOf(data, 'key'), name: textOf(data, 'name'), reason: null })
            }
          >
            <TextField label="Key" name="key" isMono maxLength={100} placeholder="tramway-nord" />
            <TextField label="Name" name="name" maxLength={200} placeholder="Tramway Nord" />
          </FormDialog>
        </span>
      </div>
      <DataTable
        name="Installations"
        rows={found.installations}
        rowKey={({ key, from }) => `${key} ${from}`}
        rowClass={({ to }) => (to === null ? undefined : 'off')}
        empty={
          <EmptyState title="No installation is listed" height={120}>
            Usage of any site is billed.
          </EmptyState>
        }
        columns={[
          { key: 'name', head: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => name },
          { key: 'key', head: 'Key', isText: true, cell: ({ key }) => <span className="mono">{key}</span> },
          {
            key: 'exempt',
            head: 'Billing',
            isText: true,
            cell: ({ exempt }) => (exempt ? 'exempt, at cost 0' : 'billed'),
          },
          { key: 'from', head: 'From (UTC)', isText: true, cell: ({ from }) => formatMoment(from, 'UTC') },
          {
            key: 'to',
            head: 'To (UTC)',
            isText: true,
            cell: ({ to }) => (to === null ? <span className="mut">further notice</span> : formatMoment(to, 'UTC')),
          },
          {
            key: 'acts',
            head: 'Acts',
            isText: true,
            cell: (site) => (site.to === null ? <InstallationActs site={site} place={place} /> : null),
          },
        ]}
      />
    </section>
  )
}

function InstallationActs({ site, place }: { site: App['installations'][number]; place: Place }) {
  const trpc = useTRPC()
  const onSuccess = useChanged()
  const { person } = useFrame()
  const mark = useMutation(trpc.apps.markInstallation.mutationOptions({ onSuccess }))
  const end = useMutation(trpc.apps.endInstallation.mutationOptions({ onSuccess }))
  const rename = useMutation(trpc.apps.renameInstallation.mutationOptions({ onSuccess }))
  const { key, name, exempt, from } = site
  return (
    <span className="rowacts">
      <FormDialog
        title={`Rename ${name}`}
        trigger={
          <button type="button" className="link" aria-label={`Rename the installation ${name}`}>
            Rename
          </button>
        }
        submitLabel="Rename"
        onSubmit={(data) => rename.mutateAsync({ ...place, key, name: textOf(data, 'name'), reason: null })}
      >
        <TextField label="Name" name="name" defaultValue={name} maxLength={200} />
      </FormDialog>
      {person.isPlatformAdmin ? (
        <ConfirmDialog
          title={exempt ? `Bill ${name} again` : `Make ${name} exempt`}
          trigger={
            <button type="button" className="link" aria-label={`${exempt ? 'Bill again' : 'Make exempt'}: ${name}`}>
              {exempt ? 'Bill again' : 'Make exempt'}
            </button>
          }
          confirmLabel={exempt ? 'Bill from now on' : 'Exempt from now on'}
          reason="required"
          onConfirm={(reason) => mark.mutateAsync({ appSlug: place.app, key, isExempt: !exempt, reason })}
        >
          <p>
            {exempt
              ? 'From now on its usage costs what it costs elsewhere.'
              : 'From now on its usage is measured and shown, at cost 0.'}{' '}
            What was used before stays as it was billed.
          </p>
        </ConfirmDialog>
      ) : null}
      <ConfirmDialog
        title={`End ${name}`}
        trigger={
          <button type="button" className="link" aria-label={`End the installation ${name}`}>
            End
          </button>
        }
        confirmLabel="End it now"
        isDanger
        reason="optional"
        onConfirm={(reason) => end.mutateAsync({ ...place, key, from, reason: reason || null })}
      >
        <p>
          Its past stays.{' '}
          {exempt
            ? 'It is no longer exempt: what it uses from now on is billed.'
            : 'Events that name it are billed all the same.'}
        </p>
      </ConfirmDialog>
    </span>
  )
}

function Owners({ found }: { found: App }) {
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
          { key: 'from', head: 'From (UTC)', isText: true, cell: ({ from }) => formatMoment(from, 'UTC') },
          {
            key: 'to',
            head: 'To (UTC)',
            isText: true,
            cell: ({ to }) => (to === null ? <span className="mut">further notice</span> : formatMoment(to, 'UTC')),
          },
        ]}
      />
    </section>
  )
}
