import type { ReactNode } from 'react'
import { RegionState } from './region-state.tsx'

const HEIGHT = 200

/** Nothing to show, and that is the answer: why, and the way out. */
export function EmptyState({
  title,
  children,
  action,
  height = HEIGHT,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  height?: number
}) {
  return (
    <RegionState title={title} height={height}>
      {children ? <p>{children}</p> : null}
      {action ?? null}
    </RegionState>
  )
}
