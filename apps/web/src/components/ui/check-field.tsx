'use client'
import { type ComponentProps, type ReactNode, use, useId } from 'react'
import { FieldFaults } from './form-faults.ts'
import { Glyph } from './glyph.tsx'

type Control = Omit<ComponentProps<'input'>, 'id' | 'name' | 'type'>

/** Yes or no. With `required` it has to be yes, and `expected` says what that means. */
export function CheckField({
  label,
  name,
  hint,
  expected,
  ...control
}: Control & { label: ReactNode; name: string; hint?: ReactNode; expected?: string }) {
  const id = useId()
  const fault = use(FieldFaults)[name]
  const described = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ')
  return (
    <div className="kcheck">
      <input
        {...control}
        id={id}
        name={name}
        type="checkbox"
        data-expected={expected}
        aria-describedby={described || undefined}
        aria-invalid={fault ? true : undefined}
      />
      <label htmlFor={id}>{label}</label>
      {hint ? (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {fault ? (
        <p className="fault" id={`${id}-fault`}>
          <Glyph name="warn" /> {fault}
        </p>
      ) : null}
    </div>
  )
}
