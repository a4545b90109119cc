'use client'
import { createContext, use } from 'react'

type Shortcuts = {
  /** Whether single letters do anything. */
  areOn: boolean
  setOn: (areOn: boolean) => void
  openPalette: () => void
  prefetchPalette: () => void
}

export const ShortcutsContext = createContext<Shortcuts | null>(null)

export function useShortcuts(): Shortcuts {
  const value = use(ShortcutsContext)
  if (!value) throw new Error('useShortcuts outside ShortcutKeys')
  return value
}
