import { Skeleton } from '../../../components/ui/region-state.tsx'

/** The heights of what will stand there, so that nothing jumps. */
export default function Loading() {
  return (
    <>
      <div className="bar" />
      <main id="main" tabIndex={-1} aria-busy="true">
        <span className="vh" role="status">
          Reading…
        </span>
        <div style={{ height: 46 }} />
        <Skeleton height={76} width={320} />
        <div style={{ height: 24 }} />
        <Skeleton height={360} />
      </main>
    </>
  )
}
