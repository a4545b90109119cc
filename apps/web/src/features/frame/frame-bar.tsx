'use client'
import type { ReactNode } from 'react'
import { NavDialog } from './nav-dialog.tsx'
import { SearchButton } from './search-button.tsx'

/** The bar that stays. On small screens it carries the way into the navigation. */
export function FrameBar({ children }: { children: ReactNode }) {
  return (
    <header className="bar">
      <NavDialog />
      {children}
      <SearchButton />
    </header>
  )
}
