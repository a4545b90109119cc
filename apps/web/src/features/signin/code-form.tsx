'use client'
import Link from 'next/link'
import { useActionState } from 'react'
import { type CodeState, enterCode } from '../../server/auth/sign-in-action.ts'
import { LoneField, LoneProblem } from './lone-field.tsx'

const MESSAGES: Record<NonNullable<CodeState['fault']>, string> = {
  incomplete: 'Enter the six digits that your app shows, or one of your backup codes.',
  wrong: 'This code is not right, or not any more. Enter the one your app shows now.',
  over: 'This took too long, or too many codes were wrong. Sign in again from the start.',
  throttled: 'Too many tries. Wait a minute, then try again.',
  unavailable: 'Signing in is not possible right now. Try again in a moment.',
}

/** The second step of signing in. */
export function CodeForm({ next }: { next: string }) {
  const [{ fault }, submit, isPending] = useActionState(enterCode, { fault: null })
  return (
    <form action={submit} noValidate>
      <input type="hidden" name="next" value={next} />
      <LoneProblem>{fault ? MESSAGES[fault] : null}</LoneProblem>
      <LoneField
        label="Code"
        name="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        autoFocus
      />
      <button className="btn main" type="submit" disabled={isPending}>
        {isPending ? 'Checking…' : 'Go on'}
      </button>
      <p className="say">
        <Link className="link" href={`/sign-in?next=${encodeURIComponent(next)}`} prefetch={false}>
          Sign in from the start
        </Link>
      </p>
    </form>
  )
}
