'use client'
import { useActionState, useEffect, useRef } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { type SignInState, signIn } from '../../server/auth/sign-in-action.ts'

const MESSAGES: Record<NonNullable<SignInState['fault']>, string> = {
  incomplete: 'Fill in both the e-mail address and the password.',
  mismatch: 'This e-mail address and password do not belong together.',
  throttled: 'Too many tries for this address. Wait a minute, then try again.',
  unavailable: 'Signing in is not possible right now. Nothing is wrong with your password; try again in a moment.',
}

/** E-mail and password. After a fault the words are announced, and the cursor waits in the field to mend. */
export function SignInForm({ next }: { next: string }) {
  const [state, submit, isPending] = useActionState(signIn, { fault: null, email: '' })
  const emailRef = useRef<HTMLInputElement>(null)
  const passwordRef = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (state.fault) (state.email ? passwordRef : emailRef).current?.focus()
  }, [state])
  const described = state.fault ? 'sign-in-problem' : undefined
  return (
    <form action={submit} noValidate>
      <input type="hidden" name="next" value={next} />
      <div role="alert">
        {state.fault ? (
          <p className="problem" id="sign-in-problem">
            <Glyph name="warn" /> {MESSAGES[state.fault]}
          </p>
        ) : null}
      </div>
      <div className="field">
        <label htmlFor="email">E-mail</label>
        <input
          ref={emailRef}
          id="email"
          name="email"
          type="email"
          autoComplete="username"
          inputMode="email"
          spellCheck={false}
          autoCapitalize="none"
          required
          key={state.email}
          defaultValue={state.email}
          aria-invalid={state.fault === 'mismatch' || (state.fault === 'incomplete' && !state.email) || undefined}
          aria-describedby={described}
        />
      </div>
      <div className="field">
        <label htmlFor="password">Password</label>
        <input
          ref={passwordRef}
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          aria-invalid={state.fault === 'mismatch' || undefined}
          aria-describedby={described}
        />
      </div>
      <button className="btn main" type="submit" disabled={isPending}>
        {isPending ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  )
}
