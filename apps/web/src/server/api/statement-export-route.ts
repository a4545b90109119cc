import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import {
  EXPORT_DATASETS,
  type ExportAsked,
  exportStatement,
  FOCUS_DATASETS,
  type StatementExport,
} from '../statements/export-statement.ts'
import { ApiProblem } from './api-problem.ts'
import { sendJson } from './meter-routes.ts'
import { readQuery } from './query-parts.ts'
import type { ApiCall } from './route-table.ts'
import { statementNotFound } from './session-access.ts'
import { type CostEndpoint, statementIdOf } from './statement-routes.ts'

/** `focus` is a FOCUS dataset as CSV; csv and parquet are of any dataset, by default the lines. */
export const ExportQuery = z.object({
  format: z.enum(['csv', 'parquet', 'focus'], { error: 'expected csv, parquet or focus' }).default('csv'),
  dataset: z.enum(EXPORT_DATASETS, { error: `expected one of ${EXPORT_DATASETS.join(', ')}` }).optional(),
  profile: z.enum(['1.4', '1.2'], { error: 'expected 1.4 or 1.2' }).default('1.4'),
})

const CONTENT_TYPES = { csv: 'text/csv; charset=utf-8; header=present', parquet: 'application/vnd.apache.parquet' }
const ROWS_TRAILER = 'x-meterbook-rows'
const DIGEST_TRAILER = 'x-meterbook-sha256'

/**
 * `GET /api/v1/statements/{id}/export?format=&dataset=&profile=`: a file, made as it is read. At which ledger entry it was taken stands in its headers; how
 * many rows it has, and their checksum, is known at the end: in trailers, and in the manifest.
 */
export const exportStatementRoute: CostEndpoint = async (call) => {
  const { asked, file } = await fileAsked(call)
  const { response } = call
  // What cannot be written at all is still a problem, and no file that breaks off.
  const first = await file.stream.bytes.next()
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[asked.encoding],
    'content-disposition': `attachment; filename="${file.fileName}"`,
    'cache-control': 'no-store',
    'x-meterbook-ledger-sequence': file.ledgerSequence,
    'x-meterbook-taken-at': file.takenAt,
    link: `<${manifestPath(call)}>; rel="describedby"; type="application/json"`,
    trailer: `${ROWS_TRAILER}, ${DIGEST_TRAILER}`,
  })
  await send(response, file, first)
}

/** `GET /api/v1/statements/{id}/export/manifest?…`, with the same parameters: the file's rows, bytes and SHA-256. It is made once more for it. */
export const exportManifestRoute: CostEndpoint = async (call) => {
  const { asked, file } = await fileAsked(call)
  for await (const _ of file.stream.bytes) if (call.response.destroyed) return
  const { columns, ...manifest } = file.stream.manifest()
  const focus = file.focusManifest?.() ?? null
  sendJson(call.response, { file: file.fileName, ...asked, ...manifest, columns, ...(focus && { focus }) })
}

async function fileAsked(call: Parameters<CostEndpoint>[0]): Promise<{ asked: ExportAsked; file: StatementExport }> {
  const { space } = call
  const id = statementIdOf(call.parameter)
  const asked = readAsked(call.url)
  const { deps } = call
  const file = await exportStatement(deps.pool, { space, id, asked, asOf: deps.now() })
  if (file === null) throw statementNotFound()
  return { asked, file }
}

function readAsked(url: URL): ExportAsked {
  const { format, dataset = format === 'focus' ? 'cost-and-usage' : 'lines', profile } = readQuery(ExportQuery, url)
  const isFocus = FOCUS_DATASETS.some((name) => name === dataset)
  if (format === 'focus' && !isFocus) {
    throw new ApiProblem({
      status: 400,
      detail: `dataset: expected one of ${FOCUS_DATASETS.join(', ')} with format=focus`,
    })
  }
  if (profile === '1.2' && dataset !== 'cost-and-usage') {
    throw new ApiProblem({ status: 400, detail: 'profile: FOCUS 1.2 has no dataset but cost-and-usage' })
  }
  return { dataset, encoding: format === 'parquet' ? 'parquet' : 'csv', profile }
}

async function send(response: ServerResponse, file: StatementExport, first: IteratorResult<Uint8Array, void>) {
  const { bytes } = file.stream
  async function* all() {
    if (first.done !== true) yield first.value
    yield* bytes
  }
  try {
    await pipeline(Readable.from(all()), response, { end: false })
  } catch (error) {
    // Half a file must not look like a whole one.
    response.destroy()
    if ((error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE') return
    throw error
  }
  const { rows, sha256 } = file.stream.manifest()
  response.addTrailers({ [ROWS_TRAILER]: `${rows}`, [DIGEST_TRAILER]: sha256 })
  response.end()
}

function manifestPath({ url }: ApiCall): string {
  return `${url.pathname}/manifest${url.search}`
}
