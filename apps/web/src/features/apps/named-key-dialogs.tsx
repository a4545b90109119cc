'use client'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { textOf } from '../catalogue/effect-dialog.tsx'

/** Adds something that events name by a key and people by a name: an environment, an installation. `kind`: `environment`. */
export function AddNamedKey(props: {
  kind: string
  intro: string
  example: { key: string; name: string }
  onAdd: (named: { key: string; name: string }) => Promise<unknown>
}) {
  const { kind, intro, example, onAdd } = props
  return (
    <FormDialog
      title={`New ${kind}`}
      intro={intro}
      trigger={<Button>New {kind}</Button>}
      submitLabel="Add"
      onSubmit={(data) => onAdd({ key: textOf(data, 'key'), name: textOf(data, 'name') })}
    >
      <TextField label="Key" name="key" isMono maxLength={100} placeholder={example.key} />
      <TextField label="Name" name="name" maxLength={200} placeholder={example.name} />
    </FormDialog>
  )
}

/** Renames one; its key stays. */
export function RenameNamedKey(props: { kind: string; name: string; onRename: (name: string) => Promise<unknown> }) {
  const { kind, name, onRename } = props
  return (
    <FormDialog
      title={`Rename ${name}`}
      trigger={
        <button type="button" className="link" aria-label={`Rename the ${kind} ${name}`}>
          Rename
        </button>
      }
      submitLabel="Rename"
      onSubmit={(data) => onRename(textOf(data, 'name'))}
    >
      <TextField label="Name" name="name" defaultValue={name} maxLength={200} />
    </FormDialog>
  )
}
