'use client'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { FormDialog } from '../../components/ui/form-dialog.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { TextField } from '../../components/ui/text-field.tsx'
import { useTRPC } from '../portal/trpc.ts'

const NEW = { minLength: 10, maxLength: 128, expected: 'at least 10 characters' }

export function PasswordPart({ onSettled }: { onSettled: () => unknown }) {
  const trpc = useTRPC()
  const change = useMutation(trpc.account.changePassword.mutationOptions({ onSettled }))
  const [isChanged, setChanged] = useState(false)
  return (
    <section className="ksection">
      <h2>Password</h2>
      <p className="say">When it is changed, your other sessions end.</p>
      <FormDialog
        title="Change your password"
        intro="Your other sessions end with the old one."
        trigger={<Button>Change the password</Button>}
        submitLabel="Change"
        onSubmit={async (data) => {
          const next = String(data.get('next'))
          if (next !== data.get('again')) throw new Error('The two new passwords differ: expected the same twice.')
          await change.mutateAsync({ current: String(data.get('current')), next })
          setChanged(true)
        }}
      >
        <TextField label="Your password now" name="current" type="password" autoComplete="current-password" />
        <TextField
          label="The new one, at least 10 characters"
          name="next"
          type="password"
          autoComplete="new-password"
          {...NEW}
        />
        <TextField label="The new one again" name="again" type="password" autoComplete="new-password" {...NEW} />
      </FormDialog>
      <div role="status">{isChanged ? <Notice tone="good">Your password is changed.</Notice> : null}</div>
    </section>
  )
}
