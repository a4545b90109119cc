'use client'
import type { ReactNode } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'
import { DataTable } from '../../components/ui/data-table.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { formatMoment } from '../../format.ts'
import { EndField } from './key-fields.tsx'
import { instantOf, type KeyView, STATES, scopeWords } from './key-words.ts'

const HOUR_MS = 3_600_000
const OVERLAPS = [
  { value: '24', label: 'both work for 24 hours' },
  { value: '1', label: 'both work for an hour' },
  { value: '168', label: 'both work for 7 days' },
  { value: '720', label: 'both work for 30 days' },
  { value: '0', label: 'the old one ends at once' },
]

export interface KeyActs {
  rotate(key: KeyView, input: { overlapUntil: string | null; expiresAt: string | null }): Promise<unknown>
  revoke(key: KeyView, reason: string): Promise<unknown>
}

/** Keys with what they may, when they were last used, and how they are replaced and ended. */
export function KeyTable({ keys, acts, empty }: { keys: readonly KeyView[]; acts: KeyActs; empty: ReactNode }) {
  const isOfApps = keys.some(({ app }) => app !== null)
  return (
    <DataTable
      name="Keys"
      rows={keys}
      rowKey={({ id }) => id}
      rowClass={({ state }) => (state === 'revoked' || state === 'expired' ? 'off' : undefined)}
      empty={empty}
      columns={[
        {
          key: 'name',
          head: 'Key',
          sortBy: ({ name }) => name,
          cell: (key) => (
            <>
              <span className="kname">{key.name}</span>
              <code className="mut">{key.shown}</code>
            </>
          ),
        },
        ...(isOfApps
          ? [
              {
                key: 'app',
                head: 'App',
                isText: true,
                sortBy: (key: KeyView) => key.app,
                cell: (key: KeyView) => key.app,
              },
            ]
          : []),
        { key: 'may', head: 'May', isText: true, cell: (key) => <span className="kmay">{scopeWords(key)}</span> },
        {
          key: 'state',
          head: 'State',
          isText: true,
          sortBy: ({ state }) => state,
          cell: (key) => <StateCell of={key} />,
        },
        {
          key: 'used',
          head: 'Last used, UTC',
          isText: true,
          sortBy: ({ lastUsedAt }) => lastUsedAt,
          cell: ({ lastUsedAt }) =>
            lastUsedAt === null ? <span className="mut">never</span> : formatMoment(lastUsedAt, 'UTC'),
        },
        {
          key: 'made',
          head: 'Made, UTC',
          isText: true,
          sortBy: ({ createdAt }) => createdAt,
          cell: ({ createdAt, createdBy }) => (
            <>
              {formatMoment(createdAt, 'UTC')}
              {createdBy === null ? null : <span className="mut"> by {createdBy}</span>}
            </>
          ),
        },
        {
          key: 'acts',
          head: <span className="vh">Acts</span>,
          isText: true,
          cell: (key) => <Acts of={key} acts={acts} />,
        },
      ]}
    />
  )
}

function StateCell({ of: { state, expiresAt, revokedAt } }: { of: KeyView }) {
  const at = state === 'revoked' ? revokedAt : expiresAt
  const until = state === 'revoked' || state === 'expired' ? 'since' : 'until'
  return (
    <>
      <span className={`kstate ${state}`}>{STATES[state]}</span>
      {at === null ? null : (
        <span className="mut">
          {' '}
          {until} {formatMoment(at, 'UTC')}
        </span>
      )}
    </>
  )
}

function Acts({ of: key, acts }: { of: KeyView; acts: KeyActs }) {
  if (key.state === 'revoked' || key.state === 'expired') return null
  return (
    <span className="kacts">
      {key.state === 'active' ? (
        <FormDialog
          title={`Replace ${key.name}`}
          intro="Another key of the same terms is made and shown once. The old one goes on until you have changed over."
          trigger={<Button aria-label={`Rotate ${key.name}`}>Rotate</Button>}
          submitLabel="Make the new key"
          onSubmit={(data) =>
            acts.rotate(key, {
              overlapUntil: overlapOf(data.get('overlap')),
              expiresAt: instantOf(data.get('expiresAt')),
            })
          }
        >
          <SelectField label="Changing over" name="overlap" options={OVERLAPS} />
          <EndField label="The new key ends" value={key.expiresAt?.slice(0, 16).replace('T', ' ') ?? ''} />
        </FormDialog>
      ) : null}
      <ConfirmDialog
        title={`Revoke ${key.name}?`}
        trigger={
          <Button kind="danger" aria-label={`Revoke ${key.name}`}>
            Revoke
          </Button>
        }
        confirmLabel="Revoke it now"
        isDanger
        reason="optional"
        onConfirm={(reason) => acts.revoke(key, reason)}
      >
        It stops working within a second, everywhere, and for good. Whatever still sends with it gets 401, and its usage
        is missing until it is sent again with another key.
      </ConfirmDialog>
    </span>
  )
}

function overlapOf(value: FormDataEntryValue | null): string | null {
  const hours = Number(value ?? 0)
  return hours === 0 ? null : new Date(Date.now() + hours * HOUR_MS).toISOString()
}
