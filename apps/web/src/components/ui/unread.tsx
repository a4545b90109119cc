import type { ReactNode } from 'react'
import { errorWords } from './read-error.ts'
import { RegionState } from './region-state.tsx'

/** A region that could not be read: what failed, the id to ask by, and another try. `what`: `The audit log`. */
export function Unread(props: {
  what: string
  error: unknown
  onRetry: () => unknown
  height?: number
  children?: ReactNode
}) {
  const { title, detail, requestId } = errorWords(props.error)
  return (
    <div role="alert">
      <RegionState title={`${props.what} could not be read`} height={props.height ?? 240}>
        <p>
          {title}
          {detail ? `: ${detail}` : ''}. Nothing is lost: this is about showing it.
        </p>
        {props.children}
        {requestId ? (
          <p className="mut">
            Request <code>{requestId}</code>
          </p>
        ) : null}
        <button type="button" className="btn line" onClick={() => props.onRetry()}>
          Try again
        </button>
      </RegionState>
    </div>
  )
}
