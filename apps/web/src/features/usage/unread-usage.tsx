import { Glyph } from '../../components/ui/glyph.tsx'
import { Unread } from '../../components/ui/unread.tsx'

/** Usage that could not be read, while nothing older is there to show. */
export function UnreadUsage({ name, error, onRetry }: { name: string; error: unknown; onRetry: () => void }) {
  return <Unread what={`The usage of ${name}`} error={error} onRetry={onRetry} height={420} />
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
