import type { ReactNode } from 'react'

/** A region that has nothing to show says why and what to do; it keeps the height of what would stand there. */
export function RegionState({ title, children, height }: { title: string; children?: ReactNode; height?: number }) {
  return (
    <div className="state" style={height ? { minHeight: height } : undefined}>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

export function Skeleton({ height, width }: { height: number; width?: number | string }) {
  return <div className="skel" style={{ height, width: width ?? '100%' }} aria-hidden="true" />
}
