'use client'
import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { type AdminFacts, AdminNavContent } from './admin-nav-content.tsx'

/** The desk's navigation over the page, closed by Escape, by its button, or by going somewhere. */
export function OpenAdminNav(facts: AdminFacts) {
  const [isOpen, setOpen] = useState(true)
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger className="btn menu" aria-label="Menu of the platform">
        <span>Platform</span> <Glyph name="down" />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Popup className="nav-dialog">
          <Dialog.Title className="vh">Menu</Dialog.Title>
          <Dialog.Close className="btn close">Close</Dialog.Close>
          <AdminNavContent {...facts} onGo={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
