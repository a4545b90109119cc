import type { ExploreView } from '../../features/explore/explore-view.ts'
import { GRANULARITIES, type ViewAddress } from '../../features/usage/view-address.ts'
import type { Period } from '../usage/resolve-period.ts'

/** The granularity asked for where the range has too many or too few of its buckets, with the nearest that fits; null where it fits. */
export function refusedOf(address: ViewAddress, period: Period): ExploreView['refused'] {
  const { granularity } = address
  if (granularity === 'auto' || period.granularities.includes(granularity)) return null
  const at = GRANULARITIES.indexOf(granularity)
  const distance = (one: (typeof GRANULARITIES)[number]) => Math.abs(GRANULARITIES.indexOf(one) - at)
  const [nearest = period.granularity] = [...period.granularities].sort((a, b) => distance(a) - distance(b))
  return { granularity, nearest }
}
