'use client'
import type { ComponentProps } from 'react'
import { FieldFrame, type FieldProps } from './field-frame.tsx'

type Control = Omit<ComponentProps<'input'>, 'id' | 'name' | 'required'>

/**
 * One line of text. `unit` stands in the field after the value: a currency, `UTC` beside a time. `expected` is told when the browser finds the value
 * wrong (`pattern`, `type`, `min`): `a slug of lower-case letters`.
 */
export function TextField({
  label,
  name,
  hint,
  error,
  isOptional,
  isMono,
  unit,
  expected,
  className,
  ...control
}: FieldProps & Control & { isMono?: boolean; unit?: string; expected?: string }) {
  return (
    <FieldFrame label={label} name={name} hint={hint} error={error} isOptional={isOptional ?? false}>
      {(tied) => (
        <span className="kinput">
          <input
            type="text"
            autoComplete="off"
            {...control}
            {...tied}
            name={name}
            required={!isOptional}
            data-expected={expected}
            className={`${isMono ? 'mono ' : ''}${className ?? ''}`}
          />
          {unit ? <span className="unit">{unit}</span> : null}
        </span>
      )}
    </FieldFrame>
  )
}
