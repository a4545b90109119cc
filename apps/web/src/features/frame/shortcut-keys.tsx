'use client'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { useOnDemand } from '../../components/ui/on-demand.ts'
import { useFrame } from './frame-context.tsx'
import { sectionsFor } from './places.ts'
import { pressShortcut } from './press-shortcut.ts'
import { createKeyReader, type KeyMeaning, SHORTCUTS_COOKIE } from './shortcuts.ts'
import { ShortcutsContext } from './shortcuts-context.ts'

const COOKIE_SECONDS = 60 * 60 * 24 * 400
/** Where letters are letters, or belong to what is open. */
const TYPED =
  'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=dialog], [role=menu], [role=listbox]'

const loadPalette = () => import('./open-palette.tsx').then((module) => module.OpenPalette)
const loadHelp = () => import('./shortcuts-help.tsx').then((module) => module.ShortcutsHelp)

/**
 * Listens to the keys of every page of a space. A page takes part by marking what a letter presses: `data-shortcut="f"`; what is not on the
 * page does nothing.
 */
export function ShortcutKeys({ children }: { children: ReactNode }) {
  const { space, role, maySeeCost, shortcuts } = useFrame()
  const router = useRouter()
  const [areOn, setAreOn] = useState(shortcuts)
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const palette = useOnDemand(loadPalette)
  const help = useOnDemand(loadHelp)
  const latest = useRef<(meaning: KeyMeaning) => boolean>(() => false)
  const isOn = useRef(areOn)

  latest.current = (meaning) => {
    if (meaning.kind === 'palette') {
      setOpen('palette')
      palette.show()
    }
    if (meaning.kind === 'help') {
      setOpen('help')
      help.show()
    }
    if (meaning.kind === 'press') return pressShortcut(meaning.letter)
    if (meaning.kind === 'go') {
      const places = sectionsFor({ role, maySeeCost }).flatMap((section) => section.places)
      const place = places.find(({ letter }) => letter === meaning.letter)
      if (!place) return false
      router.push(`/s/${space.slug}${place.path}`)
    }
    return true
  }
  isOn.current = areOn
  useEffect(() => {
    const read = createKeyReader()
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || event.isComposing) return
      const meaning = read(
        {
          key: event.key,
          isCommand: event.metaKey || event.ctrlKey,
          isOther: event.altKey || (event.shiftKey && (event.metaKey || event.ctrlKey)),
          isTyping: event.target instanceof Element && event.target.closest(TYPED) !== null,
        },
        event.timeStamp,
        isOn.current,
      )
      if (meaning && latest.current(meaning)) event.preventDefault()
    }
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])

  const value = useMemo(() => {
    const setOn = (next: boolean) => {
      setAreOn(next)
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
      document.cookie = `${SHORTCUTS_COOKIE}=${next ? 'on' : 'off'}; path=/; max-age=${COOKIE_SECONDS}; samesite=lax`
    }
    return {
      areOn,
      setOn,
      openPalette: () => void latest.current({ kind: 'palette' }),
      prefetchPalette: () => void loadPalette().catch(() => {}),
    }
  }, [areOn])
  const close = () => setOpen(null)
  return (
    <ShortcutsContext value={value}>
      {children}
      {palette.Part && open === 'palette' ? (
        <palette.Part
          onClose={close}
          onHelp={() => {
            setOpen('help')
            help.show()
          }}
        />
      ) : null}
      {help.Part && open === 'help' ? <help.Part onClose={close} /> : null}
    </ShortcutsContext>
  )
}
