'use client'
import { Popover } from '@base-ui/react/popover'
import { useState } from 'react'
import type { PopupProps } from './popup.tsx'

/** The layer itself; opens as soon as it is there. Closes on Escape and outside; focus returns to the button. */
export function OpenPopup(props: PopupProps) {
  const [isOpen, setOpen] = useState(true)
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger
        className={props.className}
        aria-label={props.label}
        data-shortcut={props.shortcut}
        aria-keyshortcuts={props.shortcut}
      >
        {props.trigger}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className="float" sideOffset={6} align={props.align ?? 'start'}>
          <Popover.Popup className="pop roomy">
            <Popover.Title>{props.title}</Popover.Title>
            {props.content(() => setOpen(false))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
