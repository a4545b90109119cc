import { canonicalTuple, formatInstant, sha256 } from '@meterbook/core/kernel'
import { PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import { listPostedHeads } from '@meterbook/db/postgres'
import { z } from 'zod'
import { readQuery } from './query-parts.ts'
import type { Endpoint } from './route-table.ts'

const HEADS_MAX = 1_000
const CACHE_SECONDS = 10

/** A place in the order: an id of a space would say what the digests do not. */
export const HeadsQuery = z.object({ cursor: z.coerce.number().int().min(0).max(1_000_000_000).default(0) })

/**
 * `GET /api/v1/ledger/heads`: the end of every chain, for anybody, so that others can hold it against us. A chain is named by a digest of its space's id:
 * who knows the id finds it (`chainName`), and nobody learns whose it is.
 */
export const ledgerHeadsRoute: Endpoint = async ({ response, url, deps }) => {
  const { cursor } = readQuery(HeadsQuery, url)
  const heads = await listPostedHeads(deps.pool, { offset: cursor, limit: HEADS_MAX + 1 })
  const page = heads.slice(0, HEADS_MAX)
  const bytes = Buffer.from(
    JSON.stringify({
      heads: page.map(({ spaceId, sequence, hash, postedAt }) => ({
        chain: chainName(spaceId),
        kind: spaceId === PLATFORM_SPACE_ID ? 'platform' : 'space',
        sequence: sequence.toString(),
        hash,
        postedAt: formatInstant(postedAt),
      })),
      cursor: heads.length > HEADS_MAX ? `${cursor + HEADS_MAX}` : null,
    }),
  )
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': `public, max-age=${CACHE_SECONDS}`,
    'access-control-allow-origin': '*',
  })
  response.end(bytes)
}

/** The public name of a space's chain: SHA-256 of `15:meterbook/chain,36:<the space's id>,`. */
export function chainName(spaceId: string): string {
  return sha256(canonicalTuple(['meterbook/chain', spaceId]))
}
