import type { ServerResponse } from 'node:http'
import { listDimensionValues, listSubjects, type UsageScope } from '@meterbook/db/clickhouse/usage-query'
import { z } from 'zod'
import { ApiProblem } from './api-problem.ts'
import type { MeterDefinition, MeterDirectory } from './meter-directory.ts'
import { InstantText, readQuery, refusalOf } from './query-parts.ts'
import type { Endpoint } from './route-table.ts'

const DAY_MICROS = 86_400_000_000n
const SLUG = /^[a-z0-9]+(?:_[a-z0-9]+)*$/
const SLUG_CHARACTERS_MAX = 64
const ULID = /^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `GET /api/v1/meters`: all of them, by slug. */
export const listMeters: Endpoint = async ({ response, deps }) => {
  const meters = [...(await deps.meters.listMeters())].sort((a, b) => (a.slug < b.slug ? -1 : 1))
  sendJson(response, meters.map(meterResource))
}

/** `GET /api/v1/meters/{idOrSlug}` */
export const getMeter: Endpoint = async ({ response, parameter, deps }) => {
  sendJson(response, meterResource(await findMeter(deps.meters, parameter)))
}

export const NamesQuery = z.object({
  from: InstantText.optional().meta({ description: 'Inclusive.' }),
  to: InstantText.optional().meta({ description: 'Exclusive.' }),
})

/** `GET /api/v1/meters/{idOrSlug}/subjects`: who used it, sorted; over all time where no bound is given. */
export const listSubjectsRoute: Endpoint<{ scope: UsageScope }> = async ({ response, url, parameter, scope, deps }) => {
  const range = rangeAsked(url)
  const meter = await findMeter(deps.meters, parameter)
  sendJson(response, await listSubjects(deps.clickhouse, { scope, meter: meter.slug, ...range }))
}

/** `GET /api/v1/meters/{idOrSlug}/group-by/{key}/values`: the values of a dimension, sorted; of the last 24 hours where no bound is given. */
export const listValuesRoute: Endpoint<{ scope: UsageScope }> = async (call) => {
  const { response, url, parameters, scope, deps } = call
  const range = rangeAsked(url)
  const [idOrSlug = '', key = ''] = parameters
  const meter = await findMeter(deps.meters, idOrSlug)
  const dimension = decodedPart(key)
  if (!Object.hasOwn(meter.groupBy, dimension)) throw refusalOf('key', `invalid group by: ${dimension.slice(0, 100)}`)
  const { from, to } = range
  const since = from === undefined && to === undefined ? deps.now() - DAY_MICROS : from
  const values = await listDimensionValues(deps.clickhouse, { scope, meter: meter.slug, from: since, to, dimension })
  sendJson(response, values)
}

function rangeAsked(url: URL): { from: bigint | undefined; to: bigint | undefined } {
  const { from, to } = readQuery(NamesQuery, url)
  if (from !== undefined && to !== undefined && from === to) throw refusalOf('from', 'from and to cannot be equal')
  if (from !== undefined && to !== undefined && from > to) throw refusalOf('from', 'from must be before to')
  return { from, to }
}

/** What a path names, decoded. Throws ApiProblem 400 for what is no text. */
export function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new ApiProblem({ status: 400, detail: 'expected the path percent-encoded in UTF-8' })
  }
}

/** The meter that a path names. Throws ApiProblem: 400 if that can be no meter's name, 404 if it is nobody's. */
export async function findMeter(meters: MeterDirectory, idOrSlug: string): Promise<MeterDefinition> {
  const isSlug = SLUG.test(idOrSlug) && idOrSlug.length <= SLUG_CHARACTERS_MAX
  if (!isSlug && !ULID.test(idOrSlug) && !UUID.test(idOrSlug)) {
    throw new ApiProblem({ status: 400, detail: 'expected a meter id or a slug such as tokens_total in the path' })
  }
  const known = await meters.listMeters()
  const meter = known.find((candidate) => candidate.slug === idOrSlug || candidate.id === idOrSlug.toLowerCase())
  if (meter === undefined) throw new ApiProblem({ status: 404, detail: `meter with id or slug ${idOrSlug} not found` })
  return meter
}

function meterResource(meter: MeterDefinition): Record<string, unknown> {
  return {
    id: meter.id,
    slug: meter.slug,
    name: meter.name,
    ...(meter.description && { description: meter.description }),
    aggregation: meter.aggregation,
    ...(meter.percentile && { percentile: meter.percentile }),
    eventType: meter.eventType,
    ...(meter.valueProperty && { valueProperty: meter.valueProperty }),
    ...(Object.keys(meter.groupBy).length > 0 && { groupBy: meter.groupBy }),
    capability: meter.capability,
    unit: meter.unit,
    createdAt: meter.createdAt.toISOString(),
    updatedAt: meter.updatedAt.toISOString(),
  }
}

export function sendJson(response: ServerResponse, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
  })
  response.end(bytes)
}
