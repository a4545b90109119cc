'use client'
import Link from 'next/link'
import { useActionState } from 'react'
import { Notice } from '../../components/ui/notice.tsx'
import { askForReset, type ForgotState } from '../../server/auth/sign-in-action.ts'
import { LoneField, LoneProblem } from './lone-field.tsx'

const MESSAGES: Record<NonNullable<ForgotState['fault']>, string> = {
  incomplete: 'Expected an e-mail address.',
  throttled: 'Too many letters were asked for. Look for the last one, or wait a quarter of an hour.',
  unavailable: 'This is not possible right now. Try again in a moment.',
}

/** Asks for a letter. */
export function ForgotForm() {
  const [{ isAsked, fault, email }, submit, isPending] = useActionState(askForReset, {
    isAsked: false,
    fault: null,
    email: '',
  })
  return (
    <form action={submit} noValidate>
      <LoneProblem>{fault === 'incomplete' || fault === null ? null : MESSAGES[fault]}</LoneProblem>
      <div role="status">
        {isAsked ? (
          <Notice tone="good" title="Look into your mail.">
            <p>If {email} has an account, a letter is on its way. What it opens can be used once, for 30 minutes.</p>
          </Notice>
        ) : null}
      </div>
      {isAsked ? null : (
        <>
          <LoneField
            label="E-mail"
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            spellCheck={false}
            autoCapitalize="none"
            key={email}
            defaultValue={email}
            fault={fault === 'incomplete' ? MESSAGES.incomplete : null}
          />
          <button className="btn main" type="submit" disabled={isPending}>
            {isPending ? 'Asking…' : 'Send me a letter'}
          </button>
        </>
      )}
      <p className="say">
        <Link className="link" href="/sign-in" prefetch={false}>
          Back to sign-in
        </Link>
      </p>
    </form>
  )
}
