import type { ReactNode } from 'react'
import { RegionState } from './region-state.tsx'

/** Why there is nothing: each has its own way out. */
export type EmptyReason = 'no apps' | 'no events' | 'filtered' | 'before retention'

const TITLES: Record<EmptyReason, string> = {
  'no apps': 'No app to show',
  'no events': 'No usage in this period',
  filtered: 'Nothing passes the filters',
  'before retention': 'This is from before anything is kept',
}
const WORDS: Record<EmptyReason, string> = {
  'no apps': 'There is no app here that you may see.',
  'no events':
    'All that was taken is counted, and nothing of this is in it: a zero, not a gap. What is sent now appears here within seconds.',
  filtered: 'There is usage in this period, and the filters leave all of it out.',
  'before retention': 'Usage of that time is no longer kept in detail; statements of it are.',
}

/** A region with nothing in it says which of the four reasons it is, and offers the way out as `action`. */
export function NoData({ reason, action, height = 240 }: { reason: EmptyReason; action?: ReactNode; height?: number }) {
  return (
    <RegionState title={TITLES[reason]} height={height}>
      <p>{WORDS[reason]}</p>
      {action ? <p>{action}</p> : null}
    </RegionState>
  )
}
