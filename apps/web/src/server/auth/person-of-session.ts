import { findLookingOn } from '@meterbook/db/postgres/people'
import { postgres } from '../portal/stores.ts'
import { getAuth } from './auth.ts'

export type CurrentPerson = {
  id: string
  name: string
  email: string
  isPlatformAdmin: boolean
  /** The session they came by; absent where there is none, as in tests. Of whoever signed in, also where they look on as another. */
  sessionId?: string
  /** The platform admin who looks on as this person, and may change nothing; absent where people are themselves. */
  viewedBy?: { id: string; name: string; until: Date }
}

/**
 * The person whose session cookie came with these headers, or null. Reads Postgres each time, so that a revoked session ends at once. An admin of the platform
 * who looks on as somebody is that person here, for everything that asks, and marked as looking on.
 */
export async function personOf(requestHeaders: Headers): Promise<CurrentPerson | null> {
  const session = await getAuth().api.getSession({ headers: requestHeaders })
  if (!session) return null
  const { id, name, email } = session.user
  const isPlatformAdmin = session.user.isPlatformAdmin === true
  const sessionId = session.session.id
  const viewed = isPlatformAdmin ? await findLookingOn(postgres(), sessionId) : null
  if (viewed === null) return { id, name, email, isPlatformAdmin, sessionId }
  return { ...viewed.person, isPlatformAdmin: false, sessionId, viewedBy: { id, name, until: viewed.until } }
}
