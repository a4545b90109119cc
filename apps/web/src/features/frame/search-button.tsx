'use client'
import { useShortcuts } from './shortcuts-context.ts'

/** Opens the palette; for who has no keyboard, and for who does not know the keys. */
export function SearchButton() {
  const { openPalette, prefetchPalette } = useShortcuts()
  return (
    <button
      type="button"
      className="btn search"
      aria-haspopup="dialog"
      aria-keyshortcuts="Meta+K Control+K"
      onPointerEnter={prefetchPalette}
      onFocus={prefetchPalette}
      onClick={openPalette}
    >
      Search <kbd className="wide">⌘K</kbd>
    </button>
  )
}
