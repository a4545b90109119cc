'use client'
import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { NavFooter, NavLinks, SpaceSwitcher } from './side-nav.tsx'

/** The navigation of small screens: over the page, closed by Escape, by its button, or by going somewhere. */
export function OpenNavDialog({ name }: { name: string }) {
  const [isOpen, setOpen] = useState(true)
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger className="btn menu" aria-label={`Menu of ${name}`}>
        <span>{name}</span> <Glyph name="down" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Popup className="nav-dialog">
          <Dialog.Title className="vh">Menu</Dialog.Title>
          <Dialog.Close className="btn close">Close</Dialog.Close>
          <SpaceSwitcher />
          <NavLinks onGo={() => setOpen(false)} />
          <NavFooter />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
