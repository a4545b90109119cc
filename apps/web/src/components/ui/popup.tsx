'use client'
import type { ReactNode } from 'react'
import { useOnDemand } from './on-demand.ts'

export type PopupProps = {
  className: string
  trigger: ReactNode
  title: string
  align?: 'start' | 'end'
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
