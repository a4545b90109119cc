import { Readable } from 'node:stream'
import { AuditQuestion } from '../../../../server/audit/audit-answer.ts'
import { type AuditFormat, exportAudit } from '../../../../server/audit/export-audit.ts'
import { readWholeAudit } from '../../../../server/audit/read-audit.ts'
import { personFrom } from '../../../../server/auth/current-person.ts'
import { postgres } from '../../../../server/portal/stores.ts'

export const dynamic = 'force-dynamic'

const TYPES: Record<AuditFormat, string> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
}

/** The log as a file: with the filter of the page, all of it, as it comes. For anyone who does not run the platform there is no such address. */
export async function GET(request: Request): Promise<Response> {
  const person = await personFrom(request.headers)
  if (person?.isPlatformAdmin !== true) return new Response('Not found', { status: 404 })
  const { format: asked, ...rest } = Object.fromEntries(new URL(request.url).searchParams)
  const format: AuditFormat = asked === 'jsonl' ? 'jsonl' : 'csv'
  const question = AuditQuestion.safeParse(rest)
  if (!question.success)
    return new Response(question.error.issues[0]?.message ?? 'expected another filter', { status: 400 })
  const bytes = exportAudit(readWholeAudit(postgres(), question.data), format)
  return new Response(Readable.toWeb(Readable.from(bytes)) as ReadableStream<Uint8Array>, {
    headers: {
      'Content-Type': TYPES[format],
      'Content-Disposition': `attachment; filename="audit.${format}"`,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}
