import type { Instant } from '@meterbook/core/kernel'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import { TRPCError } from '@trpc/server'
import type { ExploreKind, ExploreView } from '../../features/explore/explore-view.ts'
import { exploreCost } from '../explore/explore-cost.ts'
import { exploreCsv } from '../explore/explore-csv.ts'
import { exploreUsage } from '../explore/explore-usage.ts'
import { nowOf, type ReadGround, readAsAsked } from '../usage/reading.ts'
import { ApiProblem } from './api-problem.ts'
import { checkPeriod, type ExploreQuestion, readExploreQuestion } from './explore-question.ts'
import { isCsvWanted } from './meter-csv.ts'
import { sendJson } from './meter-routes.ts'
import { refusalOf } from './query-parts.ts'
import type { ApiCall, Endpoint } from './route-table.ts'

const RETRY_AFTER_SECONDS = 30

type Explorer = Endpoint<{ access: SpaceAccess }>

/** `GET /api/v1/explore/usage?space=…`: what the usage explorer shows at the same address, every row of it, as JSON or CSV. */
export const exploreUsageRoute: Explorer = (call) =>
  answer(call, 'usage', (ground, { address }) => exploreUsage({ ...ground, address, isComplete: true }))

/** `GET /api/v1/explore/cost?space=…`: the same of money. */
export const exploreCostRoute: Explorer = (call) =>
  answer(call, 'cost', (ground, { address }) => exploreCost({ ...ground, address, isComplete: true }))

type Read = (ground: ReadGround & { now: Instant }, question: ExploreQuestion) => Promise<ExploreView>

async function answer(call: ApiCall & { access: SpaceAccess }, kind: ExploreKind, read: Read): Promise<void> {
  const { access, request, response, url, deps } = call
  const question = readExploreQuestion(url, kind)
  const { address } = question
  const view = await readAsAsked({ access, asOf: address.asOf }, (ground) => {
    const now = nowOf(ground.reading, deps.now())
    checkPeriod({ address, now, space: ground.access.space })
    return read({ ...ground, now }, question)
  }).catch(told)
  checkAnswered(view, question)
  if ((question.format ?? (isCsvWanted(request.headers.accept) ? 'csv' : 'json')) === 'json') {
    sendJson(response, view)
    return
  }
  const csv = Buffer.from(exploreCsv(view))
  const day = (iso: string) => iso.slice(0, 10)
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="${kind}-${day(view.period.from)}-${day(view.period.to)}.csv"`,
    'content-length': csv.length,
    'cache-control': 'no-store',
  })
  response.end(csv)
}

/** What only the catalogue knows: a page shows something else then, a program is told. Throws ApiProblem 400, 404. */
function checkAnswered(view: ExploreView, { address }: ExploreQuestion): void {
  if (address.meter !== undefined && view.meter !== null && view.meter.slug !== address.meter) {
    throw new ApiProblem({ status: 404, detail: 'meter not found' })
  }
  const known = new Set(view.dimensions.map(({ key }) => key))
  const unknown = [...address.by, ...address.filters.map(({ dimension }) => dimension)].find((each) => !known.has(each))
  if (unknown !== undefined) {
    throw refusalOf('by', `expected dimensions among ${[...known].join(', ')}, found ${unknown}`)
  }
}

/** What pages say in the words of their own interface. */
function told(error: unknown): never {
  if (!(error instanceof TRPCError)) throw error
  if (error.code === 'NOT_FOUND') throw new ApiProblem({ status: 404, detail: error.message })
  if (error.code !== 'PRECONDITION_FAILED') throw error
  throw new ApiProblem({ status: 503, detail: error.message, headers: { 'Retry-After': RETRY_AFTER_SECONDS } })
}
