'use client'
import { useActionState } from 'react'
import { accept } from '../../server/people/accept-action.ts'
import { LoneField, LoneProblem } from '../signin/lone-field.tsx'

/** Accepts an invitation: with one press for whoever is signed in, or with a name and a password. */
export function AcceptForm({ token, spaceName, isNew }: { token: string; spaceName: string; isNew: boolean }) {
  const [{ fault, field, name }, submit, isPending] = useActionState(accept, { fault: null, field: null, name: '' })
  return (
    <form action={submit} noValidate>
      <input type="hidden" name="token" value={token} />
      <LoneProblem>{field === null ? fault : null}</LoneProblem>
      {isNew ? (
        <>
          <LoneField
            label="Your name"
            name="name"
            type="text"
            autoComplete="name"
            key={name}
            defaultValue={name}
            maxLength={200}
            fault={field === 'name' ? fault : null}
          />
          <LoneField
            label="A password, at least 10 characters"
            name="password"
            type="password"
            autoComplete="new-password"
            fault={field === 'password' ? fault : null}
          />
        </>
      ) : null}
      <button className="btn main" type="submit" disabled={isPending}>
        {isPending ? 'Joining…' : `Join ${spaceName}`}
      </button>
    </form>
  )
}
