'use client'
import { type ReactNode, use, useId } from 'react'
import { FieldFaults } from './form-faults.ts'
import { Glyph } from './glyph.tsx'

/** What every field has beside its control. */
export type FieldProps = {
  label: string
  name: string
  /** Beneath the label, before anything is wrong: what is expected. */
  hint?: ReactNode
  /** What was expected and what was found. Inside a FormDialog it comes by itself. */
  error?: string | null | undefined
  isOptional?: boolean
}

/** Label, hint and fault around a control, tied to it for screen readers. */
export function FieldFrame({
  label,
  name,
  hint,
  error,
  isOptional,
  children,
}: FieldProps & {
  children: (control: {
    id: string
    'aria-describedby': string | undefined
    'aria-invalid': true | undefined
  }) => ReactNode
}) {
  const id = useId()
  const faults = use(FieldFaults)
  const fault = error ?? faults[name]
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ')
  return (
    <div className="kfield">
      <label htmlFor={id}>
        {label}
        {isOptional ? <span className="mut"> optional</span> : null}
      </label>
      {hint ? (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': fault ? true : undefined })}
      {fault ? (
        <p className="fault" id={`${id}-fault`}>
          <Glyph name="warn" /> {fault}
        </p>
      ) : null}
    </div>
  )
}
