'use client'
import type { ReactElement } from 'react'
import { ConfirmDialog } from '../../components/ui/confirm-dialog.tsx'

/** Puts an app out of use, or back into it: asked before, with what it means. */
export function ArchiveApp({
  app,
  trigger,
  onConfirm,
}: {
  app: { name: string; isArchived: boolean; keys: number }
  /** Left out: a link of words, as it stands in a row. */
  trigger?: ReactElement<Record<string, unknown>>
  onConfirm: (reason: string) => Promise<unknown>
}) {
  const { name, isArchived, keys } = app
  return (
    <ConfirmDialog
      title={isArchived ? `Put ${name} back into use` : `Archive ${name}`}
      trigger={
        trigger ?? (
          <button type="button" className="link" aria-label={`${isArchived ? 'Restore' : 'Archive'} ${name}`}>
            {isArchived ? 'Restore' : 'Archive'}
          </button>
        )
      }
      confirmLabel={isArchived ? 'Put back into use' : 'Archive'}
      isDanger={!isArchived}
      reason="required"
      onConfirm={onConfirm}
    >
      {isArchived ? (
        <p>Its keys work again, and it may use what its rights allow.</p>
      ) : (
        <p>
          Within a second{' '}
          {keys === 0
            ? 'nothing more'
            : `its ${keys === 1 ? 'key is' : `${keys} keys are`} refused (403), and nothing more`}{' '}
          is taken of it. What it used stays, is shown, and is still owed. It can be put back.
        </p>
      )}
    </ConfirmDialog>
  )
}
