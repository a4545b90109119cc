import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiDeps } from './create-api-handler.ts'
import { eventLifeRoute, listEventsRoute } from './event-routes.ts'
import { ledgerHeadsRoute } from './ledger-heads-route.ts'
import { getMeter, listMeters } from './meter-routes.ts'
import { queryMeterRoute } from './query-meter-route.ts'
import { exportManifestRoute, exportStatementRoute } from './statement-export-route.ts'
import { getStatementRoute, listStatementsRoute, statementEntriesRoute } from './statement-routes.ts'

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

export type Endpoint = (call: ApiCall) => Promise<void>

/** `later`: part of the contract, or of the interface that the OpenMeter client speaks, and answered with 501 until it is built. */
type Methods = Readonly<Record<string, Endpoint | 'later'>>

const LATER = { GET: 'later', POST: 'later', PUT: 'later', PATCH: 'later', DELETE: 'later' } as const

/** The first pattern that fits decides. Groups capture what the path names. */
const ROUTES: readonly (readonly [RegExp, Methods])[] = [
  [/^\/api\/v1\/meters$/, { GET: listMeters, POST: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)$/, { GET: getMeter, PUT: 'later', DELETE: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)\/query$/, { GET: queryMeterRoute, POST: queryMeterRoute }],
  [/^\/api\/v1\/meters\/([^/]+)\/subjects$/, { GET: 'later' }],
  [/^\/api\/v1\/meters\/([^/]+)\/group-by\/[^/]+\/values$/, { GET: 'later' }],
  [/^\/api\/v1\/events$/, { GET: listEventsRoute, POST: 'later' }],
  [/^\/api\/v1\/events\/([^/]+)\/([^/]+)$/, { GET: eventLifeRoute }],
  [/^\/api\/v1\/openapi\.json$/, { GET: 'later' }],
  [/^\/api\/v1\/usage$/, { GET: 'later' }],
  [/^\/api\/v1\/statements$/, { GET: listStatementsRoute }],
  [/^\/api\/v1\/statements\/([^/]+)$/, { GET: getStatementRoute }],
  [/^\/api\/v1\/statements\/([^/]+)\/entries$/, { GET: statementEntriesRoute }],
  [/^\/api\/v1\/statements\/([^/]+)\/export$/, { GET: exportStatementRoute }],
  [/^\/api\/v1\/statements\/([^/]+)\/export\/manifest$/, { GET: exportManifestRoute }],
  [/^\/api\/v1\/ledger\/heads$/, { GET: ledgerHeadsRoute }],
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
