import type { IncomingMessage } from 'node:http'
import { type KeyHolder, USAGE_READ_SCOPE, USAGE_WRITE_SCOPE } from '@meterbook/core/event'
import type { UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { ApiProblem } from './api-problem.ts'
import type { ApiDeps } from './create-api-handler.ts'

/**
 * What the request's key may read: an app's key its own app, whoever paid for it over time; a platform service's key every app. A key
 * that is bound to some environments reads only those. Throws ApiProblem 401 or 403.
 */
export async function readableUsage(
  request: IncomingMessage,
  deps: Pick<ApiDeps, 'authenticate'>,
): Promise<UsageScope> {
  const holder = await holderOf(request, deps)
  if (holder.kind === 'ingest' && holder.app !== null && holder.scopes.some(isReading)) {
    return { appIds: [holder.app.id], spaceId: null, environments: holder.environments }
  }
  if (holder.kind === 'service' && holder.scopes.includes(USAGE_READ_SCOPE)) {
    return { appIds: null, spaceId: null, environments: holder.environments }
  }
  throw new ApiProblem({
    status: 403,
    detail: `expected a key with the right ${USAGE_READ_SCOPE}; this one has not got it`,
  })
}

/** What an app may send it may also see. */
function isReading(scope: string): boolean {
  return scope === USAGE_READ_SCOPE || scope === USAGE_WRITE_SCOPE
}

async function holderOf(request: IncomingMessage, { authenticate }: Pick<ApiDeps, 'authenticate'>): Promise<KeyHolder> {
  const match = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')
  const holder = match?.[1] === undefined ? null : await authenticate(match[1])
  if (holder !== null) return holder
  throw new ApiProblem({
    status: 401,
    detail:
      request.headers.authorization === undefined
        ? 'expected an Authorization header with a key: Bearer mbk_…'
        : 'expected a key that is known and in force, as Bearer mbk_… in the Authorization header',
    headers: { 'WWW-Authenticate': 'Bearer' },
  })
}
