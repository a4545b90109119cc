'use server'
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { readReturnPath } from '../../features/signin/return-path.ts'
import { getAuth } from './auth.ts'
import { refusedByAuth } from './refused-by-auth.ts'

export type SignInState = {
  fault: 'incomplete' | 'mismatch' | 'throttled' | 'unavailable' | null
  email: string
}

/** The form's way in. An unknown address and a wrong password are the same fault. Redirects on success, to the second factor where there is one. */
export async function signIn(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get('email') ?? '').trim()
  const password = String(form.get('password') ?? '')
  const next = readReturnPath(form.get('next') as string | null)
  if (!email || !password) return { fault: 'incomplete', email }
  let isHalfway: boolean
  try {
    const signedIn = await getAuth().api.signInEmail({ body: { email, password }, headers: await headers() })
    isHalfway = 'twoFactorRedirect' in signedIn
  } catch (error) {
    return { fault: faultOf(error), email }
  }
  redirect(isHalfway ? `/sign-in/code?next=${encodeURIComponent(next)}` : next)
}

export type CodeState = { fault: 'incomplete' | 'wrong' | 'over' | 'throttled' | 'unavailable' | null }

/** The second step: the code of an app, or a backup code. Redirects on success. `over`: the first step has to be done again. */
export async function enterCode(_before: CodeState, form: FormData): Promise<CodeState> {
  const code = String(form.get('code') ?? '').replaceAll(/\s/g, '')
  const next = readReturnPath(form.get('next') as string | null)
  if (!code) return { fault: 'incomplete' }
  const { api } = getAuth()
  try {
    const asked = { body: { code }, headers: await headers() }
    await (/^\d{6}$/.test(code) ? api.verifyTOTP(asked) : api.verifyBackupCode(asked))
  } catch (error) {
    const fault = faultOf(error)
    if (fault !== 'mismatch') return { fault }
    const reason = refusedByAuth(error)?.code
    return { fault: reason === 'INVALID_CODE' || reason === 'INVALID_BACKUP_CODE' ? 'wrong' : 'over' }
  }
  redirect(next)
}

/** Ends the session and its cookie. */
export async function signOut(): Promise<void> {
  await getAuth().api.signOut({ headers: await headers() })
  redirect('/sign-in')
}

export type ForgotState = { isAsked: boolean; fault: 'incomplete' | 'throttled' | 'unavailable' | null; email: string }

/** Has a letter sent, if there is anybody to send it to; the answer is the same either way. */
export async function askForReset(_before: ForgotState, form: FormData): Promise<ForgotState> {
  const email = String(form.get('email') ?? '').trim()
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) return { isAsked: false, fault: 'incomplete', email }
  try {
    await getAuth().api.requestPasswordReset({ body: { email }, headers: await headers() })
    return { isAsked: true, fault: null, email }
  } catch (error) {
    const fault = faultOf(error)
    return { isAsked: false, fault: fault === 'mismatch' ? 'incomplete' : fault, email }
  }
}

export type ResetState = {
  isDone: boolean
  fault: 'short' | 'long' | 'unlike' | 'over' | 'throttled' | 'unavailable' | null
}

/** Sets the new password of whoever has the letter's token. */
export async function resetPassword(_before: ResetState, form: FormData): Promise<ResetState> {
  const refused = (fault: ResetState['fault']): ResetState => ({ isDone: false, fault })
  const newPassword = String(form.get('password') ?? '')
  if (newPassword !== form.get('again')) return refused('unlike')
  try {
    const body = { newPassword, token: String(form.get('token') ?? '') }
    await getAuth().api.resetPassword({ body, headers: await headers() })
    return { isDone: true, fault: null }
  } catch (error) {
    const fault = faultOf(error)
    if (fault !== 'mismatch') return refused(fault)
    const reason = refusedByAuth(error)?.code
    return refused(reason === 'PASSWORD_TOO_SHORT' ? 'short' : reason === 'PASSWORD_TOO_LONG' ? 'long' : 'over')
  }
}

function faultOf(error: unknown): 'mismatch' | 'throttled' | 'unavailable' {
  const refused = refusedByAuth(error)
  if (refused !== null) return refused.status === 429 ? 'throttled' : 'mismatch'
  console.error('sign-in failed', error)
  return 'unavailable'
}
