'use client'
import type { ReactElement, ReactNode } from 'react'
import { FormDialog } from './form-dialog.tsx'
import { TextArea } from './text-area.tsx'

const REASON_LENGTH_MAX = 1_000

/**
 * Asks before an act. `children`: what it would do. `reason`: whether why has to be said, and is then given to `onConfirm` (empty where it was not asked
 * or not given). What `onConfirm` throws is shown, and the dialog stays.
 */
export function ConfirmDialog(props: {
  title: string
  trigger?: ReactElement<Record<string, unknown>>
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
  children?: ReactNode
  confirmLabel: string
  isDanger?: boolean
  reason?: 'required' | 'optional' | 'none'
  onConfirm: (reason: string) => Promise<unknown>
}) {
  const { children, confirmLabel, reason = 'none', onConfirm, ...dialog } = props
  return (
    <FormDialog
      {...dialog}
      intro={children}
      submitLabel={confirmLabel}
      onSubmit={(data) => onConfirm(String(data.get('reason') ?? '').trim())}
    >
      {reason === 'none' ? null : (
        <TextArea
          label="Reason"
          name="reason"
          hint="Kept in the audit log, with your name."
          expected="why, in a few words"
          maxLength={REASON_LENGTH_MAX}
          isOptional={reason === 'optional'}
        />
      )}
    </FormDialog>
  )
}
