'use server'
import { APIError } from 'better-auth/api'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { readReturnPath } from '../../features/signin/return-path.ts'
import { getAuth } from './auth.ts'

export type SignInState = { fault: 'incomplete' | 'mismatch' | 'throttled' | 'unavailable' | null; email: string }

/** The form's way in. An unknown address and a wrong password are the same fault. Redirects on success. */
export async function signIn(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '').trim()
  const password = String(form.get('password') ?? '')
  const next = readReturnPath(form.get('next') as string | null)
  if (!email || !password) return { fault: 'incomplete', email }
  try {
    await getAuth().api.signInEmail({ body: { email, password }, headers: await headers() })
  } catch (error) {
    return { fault: faultOf(error), email }
  }
  redirect(next)
}

/** Ends the session and its cookie. */
export async function signOut(): Promise<void> {
  await getAuth().api.signOut({ headers: await headers() })
  redirect('/sign-in')
}

function faultOf(error: unknown): NonNullable<SignInState['fault']> {
  if (!(error instanceof APIError)) {
    console.error('sign-in failed', error)
    return 'unavailable'
  }
  if (error.status === 'TOO_MANY_REQUESTS') return 'throttled'
  return error.statusCode < 500 ? 'mismatch' : 'unavailable'
}
