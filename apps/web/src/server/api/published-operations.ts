import { getOrigin } from '../env.ts'
import { type OpenApiDocument, openApiDocument, type PublishedOperation } from './openapi-document.ts'
import { SEND_EVENTS } from './operations/event-operations.ts'
import { HEALTH } from './operations/health-operations.ts'
import type { Route } from './route-table.ts'

/** The document of everything that is published, for its route and for its page. */
export function publishedDocument(routes: readonly Route[]): OpenApiDocument {
  return openApiDocument(publishedOperations(routes), getOrigin())
}

/** Everything that is answered: the door for events, the routes in their order, and the doors for machines that watch. */
export function publishedOperations(routes: readonly Route[]): PublishedOperation[] {
  const ofRoutes = routes.flatMap(([, methods, path]) =>
    Object.entries(methods).flatMap(([method, route]) =>
      route === 'later' ? [] : [{ method, path, operation: route.operation }],
    ),
  )
  const doors = Object.entries(HEALTH).map(([path, operation]) => ({ method: 'GET', path, operation }))
  return [{ method: 'POST', path: '/api/v1/events', operation: SEND_EVENTS }, ...ofRoutes, ...doors]
}
