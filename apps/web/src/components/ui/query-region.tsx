'use client'
import type { ReactNode } from 'react'
import { Notice } from './notice.tsx'
import { errorWords } from './read-error.ts'
import { Skeleton } from './region-state.tsx'
import { Unread } from './unread.tsx'

type Query<T> = { data: T | undefined; isError: boolean; error: { message: string } | null; refetch: () => unknown }

/**
 * A region that is read: it keeps its height while it loads, says what went wrong and offers to try again, and keeps what it last knew, greyed, when
 * a later read fails. `what`: `The audit log`.
 */
export function QueryRegion<T>({
  query,
  what,
  height = 240,
  children,
}: {
  query: Query<T>
  what: string
  height?: number
  children: (data: T) => ReactNode
}) {
  const again = (
    <button type="button" className="btn line" onClick={() => query.refetch()}>
      Try again
    </button>
  )
  if (query.data === undefined) {
    if (!query.isError) return <Skeleton height={height} />
    return <Unread what={what} error={query.error} onRetry={query.refetch} height={height} />
  }
  if (!query.isError) return <>{children(query.data)}</>
  return (
    <>
      <Notice tone="warning" title={`${what} could not be read again`}>
        {errorWords(query.error).title}. What stands here is from before. {again}
      </Notice>
      <div className="stale">{children(query.data)}</div>
    </>
  )
}
