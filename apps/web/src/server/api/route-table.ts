import type { IncomingMessage, ServerResponse } from 'node:http'
import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { ApiDeps } from './create-api-handler.ts'
import { eventLifeRoute, listEventsRoute } from './event-routes.ts'
import { entryEvidenceRoute, lineEvidenceRoute, slugOfEntry } from './evidence-routes.ts'
import { ledgerHeadsRoute } from './ledger-heads-route.ts'
import { getMeter, listMeters } from './meter-routes.ts'
import { queryMeterRoute } from './query-meter-route.ts'
import { exportManifestRoute, exportStatementRoute } from './statement-export-route.ts'
import {
  getStatementRoute,
  listStatementsRoute,
  slugAsked,
  slugOfStatement,
  statementEntriesRoute,
} from './statement-routes.ts'

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
 * What a method of a path does, and for whom: no endpoint can be named without its right, and each is handed what that right grants. `read usage`: a key that
 * may read, and what of it. `see cost`: a person who may see what the space costs that `slugOf` says is meant. `see evidence`: one who may also find its
 * events, whose contents are in it. `anyone`: what no right protects.
 */
export type ApiRoute =
  | { right: 'anyone'; handle: Endpoint }
  | { right: 'read usage'; handle: Endpoint<{ scope: UsageScope }> }
  | {
      right: 'see cost' | 'see evidence'
      slugOf: (call: ApiCall) => string | Promise<string>
      handle: Endpoint<{ space: SpaceAccess['space'] }>
    }

/** `later`: part of the contract, or of the interface that the OpenMeter client speaks, and answered with 501 until it is built. */
export type Methods = Readonly<Record<string, ApiRoute | 'later'>>

const LATER = { GET: 'later', POST: 'later', PUT: 'later', PATCH: 'later', DELETE: 'later' } as const

const readsUsage = (handle: Endpoint<{ scope: UsageScope }>): ApiRoute => ({ right: 'read usage', handle })
const seesCost = (
  slugOf: (call: ApiCall) => string | Promise<string>,
  handle: Endpoint<{ space: SpaceAccess['space'] }>,
): ApiRoute => ({ right: 'see cost', slugOf, handle })

const seesEvidence = (
  slugOf: (call: ApiCall) => string | Promise<string>,
  handle: Endpoint<{ space: SpaceAccess['space'] }>,
): ApiRoute => ({ right: 'see evidence', slugOf, handle })

/** The first pattern that fits decides. Groups capture what the path names. */
export const ROUTES: readonly (readonly [RegExp, Methods])[] = [
  [/^\/api\/v1\/meters$/, { GET: readsUsage(listMeters), POST: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)$/, { GET: readsUsage(getMeter), PUT: 'later', DELETE: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)\/query$/, { GET: readsUsage(queryMeterRoute), POST: readsUsage(queryMeterRoute) }],
  [/^\/api\/v1\/meters\/([^/]+)\/subjects$/, { GET: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)\/group-by\/[^/]+\/values$/, { GET: 'later' }],
  [/^\/api\/v1\/events$/, { GET: readsUsage(listEventsRoute), POST: 'later' }],
  [/^\/api\/v1\/events\/([^/]+)\/([^/]+)$/, { GET: readsUsage(eventLifeRoute) }],
  [/^\/api\/v1\/openapi\.json$/, { GET: 'later' }],
  [/^\/api\/v1\/usage$/, { GET: 'later' }],
  [/^\/api\/v1\/statements$/, { GET: seesCost(slugAsked, listStatementsRoute) }],
  [/^\/api\/v1\/statements\/([^/]+)$/, { GET: seesCost(slugOfStatement, getStatementRoute) }],
  [/^\/api\/v1\/statements\/([^/]+)\/entries$/, { GET: seesCost(slugOfStatement, statementEntriesRoute) }],
  [/^\/api\/v1\/statements\/([^/]+)\/export$/, { GET: seesCost(slugOfStatement, exportStatementRoute) }],
  [/^\/api\/v1\/statements\/([^/]+)\/export\/manifest$/, { GET: seesCost(slugOfStatement, exportManifestRoute) }],
  [/^\/api\/v1\/statements\/([^/]+)\/evidence$/, { GET: seesEvidence(slugOfStatement, lineEvidenceRoute) }],
  [/^\/api\/v1\/ledger\/entries\/([^/]+)\/evidence$/, { GET: seesEvidence(slugOfEntry, entryEvidenceRoute) }],
  [/^\/api\/v1\/ledger\/heads$/, { GET: { right: 'anyone', handle: ledgerHeadsRoute } }],
  [
    /^\/api\/v1\/(addons|apps|marketplace|stripe|billing|customers|features|grants|entitlements|notification|plans|subscriptions|subjects|portal|info|debug)(\/.*)?$/,
    LATER,
  ],
  [/^\/api\/v2\/(events|customers|entitlements|grants)(\/.*)?$/, LATER],
]

/** What a path can do; null if the interface does not know it. */
export function matchRoute(path: string): { methods: Methods; parameter: string; parameters: string[] } | null {
  for (const [pattern, methods] of ROUTES) {
    const match = pattern.exec(path)
    if (match) return { methods, parameter: match[1] ?? '', parameters: match.slice(1) }
  }
  return null
}
