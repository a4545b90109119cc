import 'server-only'
import { headers } from 'next/headers'
import { cache } from 'react'
import { getAuth } from './auth.ts'

export type CurrentPerson = {
  id: string
  name: string
  email: string
  isPlatformAdmin: boolean
  /** The platform admin who looks on as this person, and may change nothing; absent where people are themselves. */
  viewedBy?: { id: string; name: string; until: Date }
}

/** The person whose session cookie came with these headers, or null. Reads Postgres each time, so that a revoked session ends at once. */
export async function personFrom(requestHeaders: Headers): Promise<CurrentPerson | null> {
  const session = await getAuth().api.getSession({ headers: requestHeaders })
  if (!session) return null
  const { id, name, email, isPlatformAdmin } = session.user
  return { id, name, email, isPlatformAdmin: isPlatformAdmin === true }
}

/** personFrom for the page being rendered; asked once a request. */
export const currentPerson = cache(async () => personFrom(await headers()))
