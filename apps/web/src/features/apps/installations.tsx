'use client'
import { useMutation } from '@tanstack/react-query'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { validityColumns } from '../catalogue/validity-columns.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { useTRPC } from '../portal/trpc.ts'
import type { AppPlace, AppView } from './app-view.ts'
import { AddNamedKey, RenameNamedKey } from './named-key-dialogs.tsx'
import { useAppChanged } from './use-app-changed.ts'

/** Customers' sites that use an app: which are exempt, since when, and what can be done with each. */
export function Installations({ found, place }: { found: AppView; place: AppPlace }) {
  const trpc = useTRPC()
  const onSuccess = useAppChanged()
  const add = useMutation(trpc.apps.addInstallation.mutationOptions({ onSuccess }))
  return (
    <section aria-labelledby="installations">
      <div className="q">
        <h2 id="installations">Installations</h2>
        <span className="sub">customers’ sites; usage of one that is exempt is measured and shown, at cost 0</span>
        <span className="end">
          <AddNamedKey
            kind="installation"
            intro="A customer's site that uses the app, from now on. Events name it by its key; one that is not listed is billed all the same."
            example={{ key: 'tramway-nord', name: 'Tramway Nord' }}
            onAdd={(named) => add.mutateAsync({ ...place, ...named, reason: null })}
          />
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
          ...validityColumns<AppView['installations'][number]>(),
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

function InstallationActs({ site, place }: { site: AppView['installations'][number]; place: AppPlace }) {
  const trpc = useTRPC()
  const onSuccess = useAppChanged()
  const { person } = useFrame()
  const mark = useMutation(trpc.apps.markInstallation.mutationOptions({ onSuccess }))
  const end = useMutation(trpc.apps.endInstallation.mutationOptions({ onSuccess }))
  const rename = useMutation(trpc.apps.renameInstallation.mutationOptions({ onSuccess }))
  const { key, name, exempt, from } = site
  return (
    <span className="rowacts">
      <RenameNamedKey
        kind="installation"
        name={name}
        onRename={(renamed) => rename.mutateAsync({ ...place, key, name: renamed, reason: null })}
      />
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
