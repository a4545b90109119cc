import type { IncomingHttpHeaders } from 'node:http'
import { type CurrentPerson, personOf } from './person-of-session.ts'

/** The person whose session cookie came with a request of node:http, outside Next; null for nobody. */
export async function personOfRequest({ cookie }: IncomingHttpHeaders): Promise<CurrentPerson | null> {
  return cookie === undefined ? null : personOf(new Headers({ cookie }))
}
