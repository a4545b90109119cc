import type { Instant } from '@meterbook/core/kernel'
import type { SpaceAccess } from '@meterbook/db/postgres/portal'
import type { CostFilters, CostGroupBy, CostSize, CostView } from '../../features/cost/cost-view.ts'
import type { EventStores } from '../events/event-sight.ts'

export interface CostQuestion {
  space: SpaceAccess['space']
  /** half-open, microseconds */
  from: Instant
  to: Instant
  /** IANA: by whose clock buckets are cut */
  zone: string
  size: CostSize
  /** from the outer level to the inner one; none: the total alone */
  groupBy: readonly CostGroupBy[]
  filters: CostFilters
  now: Instant
}

/** Money of a space over time. Who asks must hold the right to see its cost. */
export async function readCost(_stores: EventStores, _question: CostQuestion): Promise<CostView> {
  throw new Error('not here yet')
}
