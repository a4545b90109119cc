'use client'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useId, useMemo, useState } from 'react'
import { formatMonth } from '../../format.ts'
import { useTRPC } from '../portal/trpc.ts'
import { statementPath } from '../statement/statement-address.ts'
import { type FrameFacts, useFrame } from './frame-context.tsx'
import { foundEntries, type PaletteEntry } from './palette-entries.ts'
import { OUTSIDE, sectionsFor } from './places.ts'
import { pressShortcut } from './press-shortcut.ts'
import { PRESSED } from './shortcuts.ts'

/** Everything by name. Arrows choose, Enter goes; what is chosen is spoken, while focus stays in the field. */
export function OpenPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const router = useRouter()
  const entries = useEntries()
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const id = useId()
  const found = foundEntries(entries, typed)
  const current = Math.min(at, found.length - 1)

  const choose = (entry: PaletteEntry | undefined) => {
    if (!entry) return
    onClose()
    if ('href' in entry) router.push(entry.href)
    // pressed when this dialog has gone, or the focus would come back from where it was sent
    if ('press' in entry) setTimeout(() => pressShortcut(entry.press))
    if ('act' in entry) onHelp()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 }
    const move = moves[event.key]
    if (move !== undefined) setAt((current + move + found.length) % Math.max(1, found.length))
    else if (event.key === 'Home' && event.ctrlKey) setAt(0)
    else if (event.key === 'End' && event.ctrlKey) setAt(found.length - 1)
    else if (event.key === 'Enter') choose(found[current])
    else return
    event.preventDefault()
  }
  return (
    <Dialog.Root open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="kback" />
        <Dialog.Popup className="palette">
          <Dialog.Title className="vh">Search</Dialog.Title>
          <input
            role="combobox"
            aria-label="Pages, apps, meters, statements, actions"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={found[current] ? `${id}-${current}` : undefined}
            aria-autocomplete="list"
            placeholder="Go to a page, an app, a meter, or do something"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
          />
          <div id={`${id}-list`} role="listbox" aria-label="Found" className="palette-list">
            {found.map((entry, index) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys, as a combobox does
              <div
                key={entry.id}
                id={`${id}-${index}`}
                ref={index === current ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
                role="option"
                tabIndex={-1}
                aria-selected={index === current}
                className="item"
                onClick={() => choose(entry)}
                onPointerMove={() => setAt(index)}
              >
                <span>{entry.name}</span>
                <span className="mut">{entry.note ?? entry.group}</span>
              </div>
            ))}
          </div>
          <p className="sub" role="status">
            {found.length === 0 ? `Nothing here is called “${typed}”.` : ''}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function useEntries(): PaletteEntry[] {
  const facts = useFrame()
  const trpc = useTRPC()
  const { space, maySeeCost } = facts
  const meters = useQuery(trpc.meters.definitions.queryOptions({ space: space.slug }))
  const months = useQuery(trpc.statements.list.queryOptions({ space: space.slug }, { enabled: maySeeCost }))
  return useMemo(
    () => [
      ...fixedEntries(facts),
      ...(meters.data?.meters ?? []).map(({ slug, name }) => ({
        id: `meter ${slug}`,
        group: 'Meter',
        name,
        words: slug,
        href: `/s/${space.slug}?m=${encodeURIComponent(slug)}`,
      })),
      ...(months.data?.months ?? []).map((month) => ({
        id: `statement ${month.id}`,
        group: 'Statement',
        name: formatMonth(month.period.start, space.billingZone),
        note: `Statement, ${month.state}`,
        words: month.id,
        href: statementPath(space.slug, month.id),
      })),
    ],
    [facts, meters.data, months.data, space],
  )
}

/** What is known without asking. Actions are those that the page in sight has. */
function fixedEntries({ space, spaces, apps, role, maySeeCost }: FrameFacts): PaletteEntry[] {
  const base = `/s/${space.slug}`
  const places = sectionsFor({ role, maySeeCost }).flatMap((section) => section.places)
  return [
    ...places.map(({ path, name, letter, words }) => ({
      id: `place ${path}`,
      group: 'Page',
      name,
      ...(words && { words }),
      ...(letter && { note: `G ${letter.toUpperCase()}` }),
      href: `${base}${path}`,
    })),
    ...apps.map(({ slug, name }) => ({
      id: `app ${slug}`,
      group: 'App',
      name,
      words: slug,
      href: `${base}/apps/${slug}`,
    })),
    ...PRESSED.filter(({ letter }) => document.querySelector(`[data-shortcut="${CSS.escape(letter)}"]`) !== null).map(
      ({ letter, name }) => ({
        id: `press ${letter}`,
        group: 'Action',
        name,
        note: letter.toUpperCase(),
        press: letter,
      }),
    ),
    { id: 'help', group: 'Action', name: 'Keyboard shortcuts', note: '?', words: 'keys help switch off', act: 'help' },
    ...OUTSIDE.map(({ href, name, words }) => ({ id: href, group: 'Page', name, ...(words && { words }), href })),
    { id: 'account', group: 'Page', name: 'Your account', words: 'password sessions second factor', href: '/account' },
    ...spaces
      .filter(({ slug }) => slug !== space.slug)
      .map(({ slug, name }) => ({ id: `space ${slug}`, group: 'Developer space', name, href: `/s/${slug}` })),
  ]
}
