'use client'
import type { ComponentProps } from 'react'
import { FieldFrame, type FieldProps } from './field-frame.tsx'

type Control = Omit<ComponentProps<'select'>, 'id' | 'name' | 'required' | 'children'>
export type Option = { value: string; label: string; isOff?: boolean }

/** One of a list. The browser's own control: it works by keyboard, by voice and on a phone. */
export function SelectField({
  label,
  name,
  hint,
  error,
  isOptional,
  options,
  ...control
}: FieldProps & Control & { options: readonly Option[] }) {
  return (
    <FieldFrame label={label} name={name} hint={hint} error={error} isOptional={isOptional ?? false}>
      {(tied) => (
        <select {...control} {...tied} name={name} required={!isOptional}>
          {options.map(({ value, label: words, isOff }) => (
            <option key={value} value={value} disabled={isOff}>
              {words}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  )
}
