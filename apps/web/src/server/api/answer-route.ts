import { readableUsage } from './bearer-key.ts'
import type { ApiCall, ApiRoute } from './route-table.ts'
import { personSignedIn, spaceAccessFor } from './session-access.ts'
import { usageScopeOf } from './usage-scope.ts'

/** Finds out whether the caller holds the route's right, before anything else of the request is judged, and answers. Throws ApiProblem. */
export async function answerRoute(route: ApiRoute, call: ApiCall): Promise<void> {
  switch (route.right) {
    case 'anyone':
      return route.handle(call)
    case 'read usage':
      return route.handle({ ...call, scope: await readableUsage(call.request, call.deps) })
    case 'see usage':
      return route.handle({ ...call, scope: await usageScopeOf(call) })
    case 'see space':
    case 'see cost':
    case 'see evidence': {
      const person = await personSignedIn(call)
      const slug = await route.slugOf(call)
      const access = await spaceAccessFor(call.deps, { person, slug, right: route.right })
      return route.handle({ ...call, space: access.space, access })
    }
  }
}
