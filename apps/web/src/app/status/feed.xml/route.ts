import { getOrigin } from '../../../server/env.ts'
import { postgres } from '../../../server/portal/stores.ts'
import { readStatus } from '../../../server/status/read-status.ts'
import { statusFeed } from '../../../server/status/status-feed.ts'

export const dynamic = 'force-dynamic'

/** The incidents as RSS. */
export async function GET(): Promise<Response> {
  const { history } = await readStatus(postgres(), Date.now())
  if (history === null)
    return new Response('the incidents cannot be read now\n', { status: 503, headers: { 'retry-after': '30' } })
  return new Response(statusFeed(history.incidents, getOrigin()), {
    headers: { 'content-type': 'application/rss+xml; charset=utf-8', 'cache-control': 'public, max-age=60' },
  })
}
