'use client'
import { DisplayName, Slug } from '@meterbook/core/catalogue-file'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { z } from 'zod'
import { Button } from '../../components/ui/button.tsx'
import { CheckField } from '../../components/ui/check-field.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { SelectField } from '../../components/ui/select-field.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { checkedInput, textOf } from '../catalogue/effect-dialog.tsx'
import { useTRPC } from '../portal/trpc.ts'

const Asked = z.object({ slug: Slug, name: DisplayName })

/** Makes an app: of the space around (`space`), or of any of `spaces`, or of nobody yet. */
export function NewApp({ space, spaces = [] }: { space?: string; spaces?: readonly { slug: string; name: string }[] }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const router = useRouter()
  const create = useMutation(trpc.apps.create.mutationOptions())
  const createAnywhere = useMutation(trpc.apps.createAnywhere.mutationOptions())
  return (
    <FormDialog
      title="New app"
      intro="It gets the environments production, staging and development, and belongs to the space from now on."
      trigger={<Button kind="main">New app</Button>}
      submitLabel="Make the app"
      onSubmit={async (data) => {
        const asked = checkedInput(Asked, { slug: textOf(data, 'slug'), name: textOf(data, 'name') })
        const app = { ...asked, isEntitled: data.get('isEntitled') !== null, reason: null }
        if (space === undefined) {
          const spaceSlug = textOf(data, 'space')
          await createAnywhere.mutateAsync({ ...app, spaceSlug: spaceSlug === '' ? null : spaceSlug })
          await queryClient.invalidateQueries({ queryKey: trpc.apps.pathKey() })
          return
        }
        await create.mutateAsync({ ...app, space })
        await queryClient.invalidateQueries()
        router.push(`/s/${space}/apps/${asked.slug}/settings`)
        router.refresh()
      }}
    >
      <TextField label="Name" name="name" maxLength={200} placeholder="Sprint Radar" />
      <TextField
        label="Slug"
        name="slug"
        isMono
        placeholder="sprint-radar"
        pattern="[a-z0-9]([a-z0-9_\-]{0,61}[a-z0-9])?"
        expected="small letters, digits, - or _, such as sprint-radar"
        hint="Its name in addresses, keys and files. It stays for ever."
      />
      {space === undefined ? (
        <SelectField
          label="Developer space"
          name="space"
          isOptional
          hint="An app that nobody owns is measured for nobody: its usage is held."
          options={[
            { value: '', label: 'nobody yet' },
            ...spaces.map(({ slug, name }) => ({ value: slug, label: `${name} (${slug})` })),
          ]}
        />
      ) : null}
      <CheckField
        label="It may use every capability from now on"
        name="isEntitled"
        defaultChecked
        hint="Under the space's price book. Without rights its usage is held until they are given."
      />
    </FormDialog>
  )
}
