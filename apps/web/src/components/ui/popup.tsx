'use client'
import type { ReactNode } from 'react'
import { useOnDemand } from './on-demand.ts'

export type PopupProps = {
  className: string
  trigger: ReactNode
  title: string
  align?: 'start' | 'end'
  /** The letter that presses it. */
  shortcut?: string
  /** Named otherwise than by what stands on it. */
  label?: string
  content: (close: () => void) => ReactNode
}

const load = () => import('./open-popup.tsx').then((module) => module.OpenPopup)

/** A button that opens a small layer with something to read or fill in. */
export function Popup(props: PopupProps) {
  const { Part, prefetch, show } = useOnDemand(load)
  if (Part) return <Part {...props} />
  return (
    <button
      type="button"
      className={props.className}
      aria-label={props.label}
      data-shortcut={props.shortcut}
      aria-keyshortcuts={props.shortcut}
      aria-haspopup="dialog"
      aria-expanded={false}
      onPointerEnter={prefetch}
      onFocus={prefetch}
      onClick={show}
    >
      {props.trigger}
    </button>
  )
}
