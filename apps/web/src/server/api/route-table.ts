import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { ApiDeps } from './create-api-handler.ts'
import { eventLifeRoute, listEventsRoute } from './event-routes.ts'
import { entryEvidenceRoute, lineEvidenceRoute, slugOfEntry } from './evidence-routes.ts'
import { exploreCostRoute, exploreUsageRoute } from './explore-routes.ts'
import { ledgerHeadsRoute } from './ledger-heads-route.ts'
import { getMeter, listMeters, listSubjectsRoute, listValuesRoute, sendJson } from './meter-routes.ts'
import type { Operation } from './operation.ts'
import { EVENT_LIFE, LIST_EVENTS } from './operations/event-operations.ts'
import { EXPLORE_COST, EXPLORE_USAGE } from './operations/explore-operations.ts'
import { OPENAPI } from './operations/health-operations.ts'
import {
  GET_METER,
  LIST_METERS,
  LIST_SUBJECTS,
  LIST_VALUES,
  QUERY_METER,
  QUERY_METER_POST,
} from './operations/meter-operations.ts'
import {
  ENTRY_EVIDENCE,
  EXPORT_MANIFEST,
  EXPORT_STATEMENT,
  GET_STATEMENT,
  LEDGER_HEADS,
  LINE_EVIDENCE,
  LIST_STATEMENTS,
  STATEMENT_ENTRIES,
} from './operations/statement-operations.ts'
import { READ_USAGE } from './operations/usage-operations.ts'
import { publishedDocument } from './published-operations.ts'
import { queryMeterRoute } from './query-meter-route.ts'
import { exportManifestRoute, exportStatementRoute } from './statement-export-route.ts'
import {
  getStatementRoute,
  listStatementsRoute,
  slugAsked,
  slugOfStatement,
  statementEntriesRoute,
} from './statement-routes.ts'
import { usageRoute } from './usage-route.ts'

export interface ApiCall {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** the meter or statement that the path names, still as sent; empty where the path names none */
  parameter: string
  /** everything that the path names, still as sent */
  parameters: readonly string[]
  deps: ApiDeps
}

export type Endpoint<Granted = unknown> = (call: ApiCall & Granted) => Promise<void>

/**
 * What a method of a path does, for whom, and what is published of it: no endpoint can be named without its right and its documentation, and each is handed
 * what that right grants. `read usage`: a key that may read, and what of it. `see usage`: the same, or a person and what of a space they see. `see space`: a
 * person who may enter the space that `slugOf` says is meant, with the apps they see of it. `see cost`: one who may see what it costs. `see evidence`: one who
 * may also find its events, whose contents are in it. `anyone`: what no right protects.
 */
export type ApiRoute = { operation: Operation } & (
  | { right: 'anyone'; handle: Endpoint }
  | { right: 'read usage' | 'see usage'; handle: Endpoint<{ scope: UsageScope }> }
  | {
      right: 'see space' | 'see cost' | 'see evidence'
      slugOf: (call: ApiCall) => string | Promise<string>
      handle: Endpoint<{ space: SpaceAccess['space']; access: SpaceAccess }>
    }
)

/** `later`: part of the contract, or of the interface that the OpenMeter client speaks, and answered with 501 until it is built. */
export type Methods = Readonly<Record<string, ApiRoute | 'later'>>

const LATER = { GET: 'later', POST: 'later', PUT: 'later', PATCH: 'later', DELETE: 'later' } as const

type UsageEndpoint = Endpoint<{ scope: UsageScope }>
type SpaceEndpoint = Endpoint<{ space: SpaceAccess['space']; access: SpaceAccess }>
type SlugOf = (call: ApiCall) => string | Promise<string>

const open = (operation: Operation, handle: Endpoint): ApiRoute => ({ right: 'anyone', handle, operation })
const readsUsage = (operation: Operation, handle: UsageEndpoint): ApiRoute => {
  return { right: 'read usage', handle, operation }
}
const seesUsage = (operation: Operation, handle: UsageEndpoint): ApiRoute => ({ right: 'see usage', handle, operation })
const seesSpace = (operation: Operation, slugOf: SlugOf, handle: SpaceEndpoint): ApiRoute => {
  return { right: 'see space', slugOf, handle, operation }
}
const seesCost = (operation: Operation, slugOf: SlugOf, handle: SpaceEndpoint): ApiRoute => {
  return { right: 'see cost', slugOf, handle, operation }
}
const seesEvidence = (operation: Operation, slugOf: SlugOf, handle: SpaceEndpoint): ApiRoute => {
  return { right: 'see evidence', slugOf, handle, operation }
}

/** A path, its pattern, and what its methods do. */
export type Route = readonly [pattern: RegExp, methods: Methods, template: string]

/** `{name}` stands for one part of the path. */
const at = (template: string, methods: Methods): Route => {
  const pattern = template
    .replaceAll('.', '\\.')
    .replaceAll('/', '\\/')
    .replaceAll(/\{\w+\}/g, '([^/]+)')
  return [new RegExp(`^${pattern}$`), methods, template]
}

/** The first pattern that fits decides. Groups capture what the path names. */
export const ROUTES: readonly Route[] = [
  at('/api/v1/meters', { GET: readsUsage(LIST_METERS, listMeters), POST: 'later' }),
  at('/api/v1/meters/{idOrSlug}', { GET: readsUsage(GET_METER, getMeter), PUT: 'later', DELETE: 'later' }),
  at('/api/v1/meters/{idOrSlug}/query', {
    GET: readsUsage(QUERY_METER, queryMeterRoute),
    POST: readsUsage(QUERY_METER_POST, queryMeterRoute),
  }),
  at('/api/v1/meters/{idOrSlug}/subjects', { GET: readsUsage(LIST_SUBJECTS, listSubjectsRoute) }),
  at('/api/v1/meters/{idOrSlug}/group-by/{key}/values', { GET: readsUsage(LIST_VALUES, listValuesRoute) }),
  at('/api/v1/events', { GET: readsUsage(LIST_EVENTS, listEventsRoute), POST: 'later' }),
  at('/api/v1/events/{source}/{id}', { GET: readsUsage(EVENT_LIFE, eventLifeRoute) }),
  at('/api/v1/openapi.json', { GET: open(OPENAPI, openApiRoute) }),
  at('/api/v1/usage', { GET: seesUsage(READ_USAGE, usageRoute) }),
  at('/api/v1/explore/usage', { GET: seesSpace(EXPLORE_USAGE, slugAsked, exploreUsageRoute) }),
  at('/api/v1/explore/cost', { GET: seesCost(EXPLORE_COST, slugAsked, exploreCostRoute) }),
  at('/api/v1/statements', { GET: seesCost(LIST_STATEMENTS, slugAsked, listStatementsRoute) }),
  at('/api/v1/statements/{id}', { GET: seesCost(GET_STATEMENT, slugOfStatement, getStatementRoute) }),
  at('/api/v1/statements/{id}/entries', { GET: seesCost(STATEMENT_ENTRIES, slugOfStatement, statementEntriesRoute) }),
  at('/api/v1/statements/{id}/export', { GET: seesCost(EXPORT_STATEMENT, slugOfStatement, exportStatementRoute) }),
  at('/api/v1/statements/{id}/export/manifest', {
    GET: seesCost(EXPORT_MANIFEST, slugOfStatement, exportManifestRoute),
  }),
  at('/api/v1/statements/{id}/evidence', { GET: seesEvidence(LINE_EVIDENCE, slugOfStatement, lineEvidenceRoute) }),
  at('/api/v1/ledger/entries/{entry}/evidence', { GET: seesEvidence(ENTRY_EVIDENCE, slugOfEntry, entryEvidenceRoute) }),
  at('/api/v1/ledger/heads', { GET: open(LEDGER_HEADS, ledgerHeadsRoute) }),
  [
    /^\/api\/v1\/(addons|apps|marketplace|stripe|billing|customers|features|grants|entitlements|notification|plans|subscriptions|subscription-addons|subjects|portal|info|debug)(\/.*)?$/,
    LATER,
    '/api/v1/…',
  ],
  [/^\/api\/v2\/(events|customers|entitlements|grants)(\/.*)?$/, LATER, '/api/v2/…'],
]

/** `GET /api/v1/openapi.json`: from anywhere, so that tools in a browser can read it. */
async function openApiRoute({ response }: ApiCall): Promise<void> {
  response.setHeader('access-control-allow-origin', '*')
  sendJson(response, publishedDocument(ROUTES))
}

/** What a path can do; null if the interface does not know it. */
export function matchRoute(path: string): { methods: Methods; parameter: string; parameters: string[] } | null {
  for (const [pattern, methods] of ROUTES) {
    const match = pattern.exec(path)
    if (match) return { methods, parameter: match[1] ?? '', parameters: match.slice(1) }
  }
  return null
}
