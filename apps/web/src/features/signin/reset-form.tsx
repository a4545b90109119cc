'use client'
import Link from 'next/link'
import { useActionState } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import { type ResetState, resetPassword } from '../../server/auth/sign-in-action.ts'
import { LoneField, LoneProblem } from './lone-field.tsx'

const MESSAGES: Record<NonNullable<ResetState['fault']>, string> = {
  short: 'Expected at least 10 characters.',
  long: 'Expected at most 128 characters.',
  unlike: 'Expected the same password twice.',
  over: 'This letter was used already, or is older than 30 minutes. Ask for a new one.',
  throttled: 'Too many tries. Wait a minute, then try again.',
  unavailable: 'This is not possible right now. Your password stays as it is; try again in a moment.',
}
const OF_PASSWORD = new Set<ResetState['fault']>(['short', 'long'])

/** A new password, for whoever has the letter's token. */
export function ResetForm({ token }: { token: string }) {
  const [{ isDone, fault }, submit, isPending] = useActionState(resetPassword, { isDone: false, fault: null })
  if (isDone) {
    return (
      <div role="status">
        <Notice tone="good" title="Your password is changed.">
          <p>
            All sessions are ended.{' '}
            <Link className="link" href="/sign-in" prefetch={false}>
              Sign in
            </Link>{' '}
            with the new one.
          </p>
        </Notice>
      </div>
    )
  }
  const words = fault ? MESSAGES[fault] : null
  return (
    <form action={submit} noValidate>
      <input type="hidden" name="token" value={token} />
      <LoneProblem>{fault === 'unlike' || OF_PASSWORD.has(fault) ? null : words}</LoneProblem>
      <LoneField
        label="New password, at least 10 characters"
        name="password"
        type="password"
        autoComplete="new-password"
        fault={OF_PASSWORD.has(fault) ? words : null}
      />
      <LoneField
        label="The same again"
        name="again"
        type="password"
        autoComplete="new-password"
        fault={fault === 'unlike' ? words : null}
      />
      <button className="btn main" type="submit" disabled={isPending}>
        {isPending ? 'Changing…' : 'Change the password'}
      </button>
      {fault === 'over' ? (
        <p className="say">
          <Link className="link" href="/forgot" prefetch={false}>
            Ask for a new letter
          </Link>
        </p>
      ) : null}
    </form>
  )
}
