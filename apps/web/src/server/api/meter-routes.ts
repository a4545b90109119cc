import type { ServerResponse } from 'node:http'
import { ApiProblem } from './api-problem.ts'
import type { MeterDefinition, MeterDirectory } from './meter-directory.ts'
import type { Endpoint } from './route-table.ts'

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
