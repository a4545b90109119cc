'use client'
import { Dialog } from '@base-ui/react/dialog'
import { useFrame } from './frame-context.tsx'
import { sectionsFor } from './places.ts'
import { PRESSED } from './shortcuts.ts'
import { useShortcuts } from './shortcuts-context.ts'

/** What the keys do, and the switch that turns single letters off. */
export function ShortcutsHelp({ onClose }: { onClose: () => void }) {
  const { role, maySeeCost } = useFrame()
  const { areOn, setOn } = useShortcuts()
  const places = sectionsFor({ role, maySeeCost }).flatMap((section) => section.places)
  return (
    <Dialog.Root open onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="kback" />
        <Dialog.Popup className="kdialog">
          <Dialog.Title>Keyboard</Dialog.Title>
          <div className="keys-help">
            <dl>
              <Row keys={['⌘K', 'Ctrl K']} name="Search pages, apps, meters and actions" />
              <Row keys={['?']} name="This list" />
              {PRESSED.map(({ letter, name }) => (
                <Row key={letter} keys={[letter.toUpperCase()]} name={name} />
              ))}
            </dl>
            <dl>
              {places.map(({ letter, name }) =>
                letter ? <Row key={letter} keys={[`G ${letter.toUpperCase()}`]} name={name} /> : null,
              )}
            </dl>
          </div>
          <label className="keys-switch">
            <input type="checkbox" checked={areOn} onChange={(event) => setOn(event.target.checked)} /> Single letters
            do what stands here. Without, ⌘K alone stays.
          </label>
          <div className="kactions">
            <Dialog.Close className="btn line">Close</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Row({ keys, name }: { keys: string[]; name: string }) {
  return (
    <div>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{name}</dd>
    </div>
  )
}
