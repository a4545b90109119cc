'use client'
import type { ReactNode } from 'react'
import { useOnDemand } from './on-demand.ts'

export type MenuEntry = { key: string; href: string; label: string; note?: string; isCurrent?: boolean }
export type MenuGroup = { name?: string; entries: MenuEntry[] }
export type LinkMenuProps = { className: string; name: string; children: ReactNode; groups: MenuGroup[] }

const load = () => import('./open-link-menu.tsx').then((module) => module.OpenLinkMenu)

/** A button that opens a list of places to go. Every choice is a link, because every choice is an address. */
export function LinkMenu(props: LinkMenuProps) {
  const { Part, prefetch, show } = useOnDemand(load)
  if (Part) return <Part {...props} />
  return (
    <button
      type="button"
      className={props.className}
      aria-label={props.name}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={prefetch}
      onFocus={prefetch}
      onClick={show}
    >
      {props.children}
    </button>
  )
}
