import { instantToMs } from '@meterbook/core/kernel'
import type { Verdict } from '@meterbook/core/projection'
import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { listApps } from '@meterbook/db/postgres'
import { z } from 'zod'
import { readCursor, writeCursor } from '../events/event-cursor.ts'
import { lifeOf, lifeOfTaken } from '../events/event-life.ts'
import { type EventSight, sightFilter, sightOfApp } from '../events/event-sight.ts'
import { exactJson } from '../events/exact-json.ts'
import { findEvent } from '../events/find-event.ts'
import { listEventItems } from '../events/list-event-items.ts'
import { ApiProblem } from './api-problem.ts'
import { decodedPart, sendJson } from './meter-routes.ts'
import { InstantText, readQuery, refusalOf } from './query-parts.ts'
import type { ApiCall, Endpoint } from './route-table.ts'

const LIMIT_MAX = 100
const VERDICTS = [
  'counted',
  'duplicate',
  'conflict',
  'quarantined',
  'cancelled',
  'dismissed',
] as const satisfies readonly Verdict[]
const DAYS_DEFAULT = 32n
const MICROS_PER_DAY = 86_400_000_000n
const RETRY_AFTER_SECONDS = 5

const Cursor = z.string().transform((text, context) => {
  const cursor = readCursor(text)
  if (cursor !== null) return cursor
  context.addIssue({ code: 'custom', message: 'expected a cursor as an earlier answer gave it' })
  return z.NEVER
})

/** Parameters it does not know are ignored. */
export const EventsQuery = z.object({
  from: InstantText.optional().meta({ description: 'Of the event’s own time, inclusive. Default: 32 days ago.' }),
  to: InstantText.optional().meta({ description: 'Of the event’s own time, exclusive.' }),
  ingestedAtFrom: InstantText.optional().meta({ description: 'Of its receipt, inclusive.' }),
  ingestedAtTo: InstantText.optional().meta({ description: 'Of its receipt, exclusive.' }),
  subject: z.string().max(1024).optional().meta({ description: 'Exactly this subject.' }),
  id: z.string().max(1024).optional().meta({ description: 'Occurs in the id, as written.' }),
  type: z.array(z.string().max(1024)).max(100).optional().meta({ description: 'Any of these types; may be repeated.' }),
  verdict: z
    .array(z.enum(VERDICTS))
    .max(VERDICTS.length)
    .optional()
    .meta({ description: 'What became of it, any of these; may be repeated.' }),
  app: z.string().max(100).optional().meta({ description: 'An app by id or slug: for keys that read several.' }),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_MAX),
  cursor: Cursor.optional().meta({ description: 'From the `Link` header of an earlier answer.' }),
  customerId: z.string().max(100).optional().meta({ description: 'There are no customers here: any is unknown.' }),
  clientId: z.string().min(1).max(36).optional().meta({ description: 'Taken and ignored.' }),
})

/**
 * `GET /api/v1/events`: newest first, each with its verdict. A plain array, as OpenMeter answers; where there are more, a `Link` header with
 * `rel="next"` leads on, from the last event seen, so that what arrives meanwhile moves nothing. Without `from`: the last 32 days.
 */
export const listEventsRoute: Endpoint<{ scope: UsageScope }> = async (call) => {
  const { response, url, deps } = call
  const sight = sightNamed(await sightOf(call), url)
  const query = readQuery(EventsQuery, url, ['type', 'verdict'])
  const { from, to, ingestedAtFrom, ingestedAtTo, subject, id, limit, cursor, customerId, type, verdict } = query
  if (customerId !== undefined) {
    throw new ApiProblem({ status: 400, detail: `customers not found: ${customerId}` })
  }
  if (from !== undefined && to !== undefined && to < from) throw refusalOf('from', 'expected from before to')
  if (ingestedAtFrom !== undefined && ingestedAtTo !== undefined && ingestedAtTo < ingestedAtFrom) {
    throw refusalOf('ingestedAtFrom', 'expected ingestedAtFrom before ingestedAtTo')
  }
  const since = (to ?? deps.now()) - DAYS_DEFAULT * MICROS_PER_DAY
  const { items, next } = await listEventItems(
    { pool: deps.pool, clickhouse: deps.clickhouse },
    {
      filter: {
        ...{ ...sightFilter(sight), from: from ?? since, to, subject, idPart: id, types: type, verdicts: verdict },
        ...{ receivedFrom: ingestedAtFrom, receivedTo: ingestedAtTo },
      },
      limit,
      after: cursor,
    },
  )
  if (next !== null) {
    const search = new URLSearchParams(url.searchParams)
    search.set('cursor', writeCursor(next))
    // Otherwise the bound would move on with the clock.
    if (from === undefined) search.set('from', new Date(instantToMs(since)).toISOString())
    response.setHeader('Link', `<${url.pathname}?${search}>; rel="next"`)
  }
  const bytes = Buffer.from(exactJson(items))
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  })
  response.end(bytes)
}

/** `GET /api/v1/events/{source}/{id}`, both percent-encoded: the life of one event. A service key may name the app by `app=`. */
export const eventLifeRoute: Endpoint<{ scope: UsageScope }> = async (call) => {
  const { response, url, parameters, deps } = call
  const sight = sightNamed(await sightOf(call), url)
  const [source, id] = parameters.map(decodedPart)
  if (source === undefined || id === undefined) throw notFound()
  const stores = { pool: deps.pool, clickhouse: deps.clickhouse }
  const found = await findEvent(stores, { sight, source, id })
  if (found === null) throw notFound()
  if (found.kind === 'several') {
    const slugs = found.apps.map(({ slug }) => slug).join(', ')
    throw new ApiProblem({ status: 400, detail: `expected one app, named by app=; this event is one of ${slugs}` })
  }
  if (found.kind === 'unknown') {
    throw new ApiProblem({
      status: 503,
      detail: `no such event is known yet, but ${found.batches} journal rows wait to be worked on and it may be among them`,
      headers: { 'Retry-After': RETRY_AFTER_SECONDS },
    })
  }
  sendJson(
    response,
    found.kind === 'taken' ? lifeOfTaken(found) : await lifeOf(stores, { found, sight, now: deps.now() }),
  )
}

/** The events of the apps that the key may read; a service key's are all apps. */
async function sightOf({ scope, deps }: { scope: UsageScope; deps: ApiCall['deps'] }): Promise<EventSight> {
  const { appIds, environments } = scope
  const apps = await listApps(deps.pool, appIds)
  return { apps, isWhole: appIds === null, spaceId: null, environments }
}

function sightNamed(sight: EventSight, url: URL): EventSight {
  const name = url.searchParams.get('app')
  if (name === null) return sight
  const named = sightOfApp(sight, name)
  if (named === null) throw new ApiProblem({ status: 404, detail: 'app not found' })
  return named
}

function notFound(): ApiProblem {
  return new ApiProblem({ status: 404, detail: 'event not found: no event of this source and id was taken' })
}
