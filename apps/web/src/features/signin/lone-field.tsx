import type { ComponentProps } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'

/** A field of a page with one form, with what is wrong with it. */
export function LoneField({
  label,
  name,
  fault,
  ...control
}: Omit<ComponentProps<'input'>, 'id' | 'name'> & { label: string; name: string; fault?: string | null }) {
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <input
        {...control}
        id={name}
        name={name}
        required
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${name}-fault` : undefined}
      />
      {fault ? (
        <p className="fault" id={`${name}-fault`}>
          <Glyph name="warn" /> {fault}
        </p>
      ) : null}
    </div>
  )
}

/** What is wrong with the whole form; said aloud when it comes. */
export function LoneProblem({ children }: { children: string | null | undefined }) {
  return (
    <div role="alert">
      {children ? (
        <p className="problem">
          <Glyph name="warn" /> {children}
        </p>
      ) : null}
    </div>
  )
}
