import { RegionState, Skeleton } from '../../components/ui/region-state.tsx'

type Failure = { data?: { code?: string } | null | undefined }

/** A region that could not be read says whether asking again helps. */
export function Unread(props: {
  title: string
  error: unknown
  refused?: string
  height?: number
  onRetry: () => void
}) {
  const isRefused = (props.error as Failure | null)?.data?.code === 'FORBIDDEN'
  return (
    <RegionState title={isRefused ? 'Not for you to see' : props.title} height={props.height ?? 200}>
      {isRefused ? (
        <p>
          {props.refused ?? 'Statements of this space are for those who may see its costs.'} An admin of it can let you.
        </p>
      ) : (
        <>
          <p>Nothing is lost: this is about showing it. Try again in a moment.</p>
          <button type="button" className="btn line" onClick={props.onRetry}>
            Try again
          </button>
        </>
      )}
    </RegionState>
  )
}

/** The same height as what will stand there. */
export function Reading({ name, height }: { name: string; height: number }) {
  return (
    <div role="status" aria-label={`Reading ${name}`}>
      <Skeleton height={height} />
    </div>
  )
}
