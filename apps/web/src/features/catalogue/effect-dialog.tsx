'use client'
import { type ReactElement, type ReactNode, useState } from 'react'
import type { z } from 'zod'
import { FormDialog } from '../../components/ui/form-dialog.tsx'

/**
 * A form that is sent twice: first it shows what it would change, then, if nothing was altered since, it does it. `read` makes what is asked of the fields; what it
 * throws is shown beside them.
 */
export function EffectDialog<Asked>(props: {
  title: string
  intro?: ReactNode
  trigger: ReactElement<Record<string, unknown>>
  children: ReactNode
  read: (data: FormData) => Asked
  tryOut: (asked: Asked) => Promise<ReactNode>
  save: (asked: Asked) => Promise<unknown>
  /** Of what was shown, where it depends on that. */
  saveLabel: string | ((asked: Asked) => string)
  isDanger?: boolean
}) {
  const { children, read, tryOut, save, saveLabel, ...dialog } = props
  const [shown, setShown] = useState<{ key: string; asked: Asked; effect: ReactNode } | null>(null)
  const submit = async (data: FormData) => {
    const asked = read(data)
    const key = JSON.stringify(asked)
    if (shown?.key === key) {
      await save(asked)
      setShown(null)
      return true
    }
    setShown({ key, asked, effect: await tryOut(asked) })
    return false
  }
  const label = typeof saveLabel === 'string' ? () => saveLabel : saveLabel
  return (
    <FormDialog
      {...dialog}
      isWide
      submitLabel={shown === null ? 'Show what it changes' : label(shown.asked)}
      onOpenChange={() => setShown(null)}
      onSubmit={submit}
    >
      {children}
      <div className="effect" aria-live="polite">
        {shown?.effect}
      </div>
    </FormDialog>
  )
}

/** The input of a schema, once the schema has nothing against it; else an error that names the fields. */
export function checkedInput<Schema extends z.ZodType>(schema: Schema, input: z.input<Schema>): z.input<Schema> {
  const result = schema.safeParse(input)
  if (!result.success) throw new Error(JSON.stringify(result.error.issues))
  return input
}

/** What a text field of a form holds. */
export function textOf(data: FormData, name: string): string {
  return String(data.get(name) ?? '').trim()
}
