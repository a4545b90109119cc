'use client'
import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'

/** A button that opens a small layer with something to read or fill in. Closes on Escape and outside; focus returns to the button. */
export function Popup(props: {
  className: string
  trigger: ReactNode
  name?: string
  title: string
  align?: 'start' | 'end'
  children: ReactNode
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
}) {
  return (
    <Popover.Root open={props.isOpen} onOpenChange={props.onOpenChange}>
      <Popover.Trigger className={props.className} aria-label={props.name}>
        {props.trigger}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="float" sideOffset={6} align={props.align ?? 'start'}>
          <Popover.Popup className="pop roomy">
            <Popover.Title>{props.title}</Popover.Title>
            {props.children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
