import { Readable } from 'node:stream'
import { personFrom } from '../../../../../server/auth/current-person.ts'
import { exportUsage, UsageFile, UsageFileRefused } from '../../../../../server/exports/export-usage.ts'
import { findSpaceAccess } from '../../../../../server/portal/stores.ts'
import { holdsRight } from '../../../../../server/trpc/space-right.ts'

export const dynamic = 'force-dynamic'

const TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
  ndjson: 'application/x-ndjson; charset=utf-8',
}

type Props = { params: Promise<{ space: string }> }

/** The space's usage as a file; with `manifest=1`, what that file has: its rows, bytes and SHA-256. A space that is not theirs to see is not there. */
export async function GET(request: Request, { params }: Props): Promise<Response> {
  const { space } = await params
  const person = await personFrom(request.headers)
  const access = person ? await findSpaceAccess({ person, spaceSlug: space }) : null
  if (access === null || !holdsRight(access, 'see usage')) return new Response('Not found', { status: 404 })
  const { manifest, ...rest } = Object.fromEntries(new URL(request.url).searchParams)
  const asked = UsageFile.safeParse(rest)
  if (!asked.success) {
    const [issue] = asked.error.issues
    return new Response(`${issue?.path.join('.')}: ${issue?.message ?? 'expected another value'}`, { status: 400 })
  }
  try {
    const now = BigInt(Date.now()) * 1000n
    const { fileName, stream } = await exportUsage({ access, asked: asked.data, now })
    if (manifest !== undefined) {
      for await (const _ of stream.bytes) if (request.signal.aborted) return new Response(null, { status: 499 })
      return Response.json({ file: fileName, ...stream.manifest() }, { headers: { 'Cache-Control': 'no-store' } })
    }
    return new Response(Readable.toWeb(Readable.from(stream.bytes)) as ReadableStream<Uint8Array>, {
      headers: {
        'Content-Type': TYPES[asked.data.format],
        'Content-Disposition': `attachment; filename="${fileName}"`,
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      },
    })
  } catch (error) {
    if (error instanceof UsageFileRefused) return new Response(error.message, { status: 400 })
    throw error
  }
}
