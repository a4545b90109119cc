'use client'
import type { ComponentProps } from 'react'
import { FieldFrame, type FieldProps } from './field-frame.tsx'

type Control = Omit<ComponentProps<'textarea'>, 'id' | 'name' | 'required'>

/** Several lines of text. */
export function TextArea({
  label,
  name,
  hint,
  error,
  isOptional,
  isMono,
  expected,
  ...control
}: FieldProps & Control & { isMono?: boolean; expected?: string }) {
  return (
    <FieldFrame label={label} name={name} hint={hint} error={error} isOptional={isOptional ?? false}>
      {(tied) => (
        <textarea
          rows={3}
          {...control}
          {...tied}
          name={name}
          required={!isOptional}
          data-expected={expected}
          spellCheck={isMono ? false : undefined}
          className={isMono ? 'mono' : undefined}
        />
      )}
    </FieldFrame>
  )
}
