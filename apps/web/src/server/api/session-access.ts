import type { IncomingHttpHeaders } from 'node:http'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { CurrentPerson } from '../auth/current-person.ts'
import { holdsRight } from '../trpc/space-right.ts'
import { ApiProblem } from './api-problem.ts'
import type { ApiCall } from './route-table.ts'

/** Who is signed in, and what they may see: the same people and rights as in the portal. */
export interface ApiPeople {
  /** The person of the request's session cookie, or null. */
  personOf(headers: IncomingHttpHeaders): Promise<CurrentPerson | null>
  /** Null: no such space and no way into it are the same answer. */
  spaceAccess(asking: { person: CurrentPerson; spaceSlug: string }): Promise<SpaceAccess | null>
}

/** Whoever is signed in. A key is an app's, and sees only what it sent: money is people's to read. Throws ApiProblem: 401 for nobody, 403 for a key. */
export async function personSignedIn({ request, deps }: Pick<ApiCall, 'request' | 'deps'>): Promise<CurrentPerson> {
  await refuseKeys(request.headers.authorization, deps)
  const person = await deps.people.personOf(request.headers)
  if (person !== null) return person
  const headers = { 'WWW-Authenticate': 'Cookie realm="portal"' }
  throw new ApiProblem({ status: 401, detail: 'expected the session of somebody who signed in to the portal', headers })
}

/**
 * The space of that slug, and what the person may see of it: `see space` for everyone in it, `see cost` for its billing admins and admins and for platform
 * admins. Throws ApiProblem: 403 without the right, 404 for another space.
 */
export async function spaceAccessFor(
  deps: ApiCall['deps'],
  { person, slug, right }: { person: CurrentPerson; slug: string; right: 'see space' | 'see cost' | 'see evidence' },
): Promise<SpaceAccess> {
  const access = await deps.people.spaceAccess({ person, spaceSlug: slug })
  if (access === null) throw statementNotFound()
  if (right === 'see space') {
    if (holdsRight(access, 'see usage')) return access
    throw new ApiProblem({ status: 403, detail: 'expected somebody who may see the usage of this space' })
  }
  if (holdsRight(access, 'see cost')) {
    if (right === 'see cost' || holdsRight(access, 'find events')) return access
    throw new ApiProblem({ status: 403, detail: 'expected somebody who may find events: evidence has their contents' })
  }
  throw new ApiProblem({ status: 403, detail: 'expected a billing admin or an admin of the developer space' })
}

/** The same for what is not there and what is somebody else's. */
export function statementNotFound(): ApiProblem {
  return new ApiProblem({ status: 404, detail: 'no such space or statement' })
}

async function refuseKeys(authorization: string | undefined, deps: ApiCall['deps']): Promise<void> {
  if (authorization === undefined) return
  const key = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
  const holder = key === undefined ? null : await deps.authenticate(key)
  if (holder !== null) {
    throw new ApiProblem({
      status: 403,
      detail: 'expected a person who signed in to the portal: keys read neither statements nor what a page shows',
    })
  }
  const headers = { 'WWW-Authenticate': 'Cookie realm="portal"' }
  throw new ApiProblem({
    status: 401,
    detail: 'expected the session of the portal, and no Authorization header',
    headers,
  })
}
