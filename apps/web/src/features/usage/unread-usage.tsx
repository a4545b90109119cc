import { Glyph } from '../../components/ui/glyph.tsx'
import { RegionState } from '../../components/ui/region-state.tsx'

/** Usage that could not be read, while nothing older is there to show. */
export function UnreadUsage({ name, onRetry }: { name: string; onRetry: () => void }) {
  return (
    <RegionState title={`The usage of ${name} could not be read`} height={420}>
      <p>Nothing is lost: this is about showing it. Try again in a moment.</p>
      <button type="button" className="btn line" onClick={onRetry}>
        Try again
      </button>
    </RegionState>
  )
}

/** The same, above the last figures that could be read. */
export function StaleNotice({ onRetry }: { onRetry: () => void }) {
  return (
    <p className="notice" role="status">
      <Glyph name="warn" />
      <span>
        The newest figures could not be read; these are the last ones.{' '}
        <button type="button" className="plain" onClick={onRetry}>
          Try again
        </button>
      </span>
    </p>
  )
}
