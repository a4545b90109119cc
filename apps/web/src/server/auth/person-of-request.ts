import type { IncomingHttpHeaders } from 'node:http'
import { getAuth } from './auth.ts'
import type { CurrentPerson } from './current-person.ts'

/** The person whose session cookie came with a request of node:http, outside Next; null for nobody. Reads Postgres each time. */
export async function personOfRequest({ cookie }: IncomingHttpHeaders): Promise<CurrentPerson | null> {
  if (cookie === undefined) return null
  const session = await getAuth().api.getSession({ headers: new Headers({ cookie }) })
  if (!session) return null
  const { id, name, email, isPlatformAdmin } = session.user
  return { id, name, email, isPlatformAdmin: isPlatformAdmin === true }
}
