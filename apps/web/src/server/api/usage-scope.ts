import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { findSpaceId, listApps } from '@meterbook/db/postgres'
import { holdsRight } from '../trpc/space-right.ts'
import { ApiProblem } from './api-problem.ts'
import { readableUsage } from './bearer-key.ts'
import { refusalOf } from './query-parts.ts'
import type { ApiCall } from './route-table.ts'
import { personSignedIn } from './session-access.ts'

/**
 * Whose usage a caller may read, and which of it `app=` and `space=` name: a key as everywhere; a person who signed in what they see in the portal
 * of the space that `space=` names. Throws ApiProblem 400, 401, 403 or 404.
 */
export async function usageScopeOf(call: ApiCall): Promise<UsageScope> {
  const { request, url, deps } = call
  const [app, space] = [url.searchParams.get('app'), url.searchParams.get('space')]
  if (request.headers.authorization === undefined) return scopeOfPerson(call, { app, space })
  const scope = await readableUsage(request, deps)
  const isWhole = scope.appIds === null
  if (isWhole && app === null && space === null) {
    throw refusalOf('app', 'expected app= or space=: this key reads more than one app')
  }
  return {
    ...scope,
    appIds: app === null ? scope.appIds : [await appNamed(call, { ids: scope.appIds, name: app })],
    // a name that is nobody's finds nothing, as one that is somebody else's does: an app's key tells nobody which spaces there are
    spaceId: space === null ? null : await spaceNamed(call, space),
  }
}

async function scopeOfPerson(
  call: ApiCall,
  { app, space }: { app: string | null; space: string | null },
): Promise<UsageScope> {
  const person = await personSignedIn(call)
  if (space === null) throw refusalOf('space', 'expected space=, the slug of a developer space')
  const access = await call.deps.people.spaceAccess({ person, spaceSlug: space })
  if (access === null) throw new ApiProblem({ status: 404, detail: 'space not found' })
  if (!holdsRight(access, 'see usage')) {
    throw new ApiProblem({ status: 403, detail: 'expected somebody who may see the usage of this space' })
  }
  const ids = access.apps.map(({ id }) => id)
  const appIds = app === null ? ids : [await appNamed(call, { ids, name: app })]
  return { appIds, spaceId: access.space.id, environments: null }
}

async function appNamed({ deps }: ApiCall, { ids, name }: { ids: readonly string[] | null; name: string }) {
  const apps = await listApps(deps.pool, ids)
  const named = apps.find(({ id }) => id === name) ?? apps.find(({ slug }) => slug === name)
  if (named === undefined) throw new ApiProblem({ status: 404, detail: 'app not found' })
  return named.id
}

async function spaceNamed({ deps }: ApiCall, slug: string): Promise<string> {
  return (await findSpaceId(deps.pool, slug)) ?? 'none'
}
