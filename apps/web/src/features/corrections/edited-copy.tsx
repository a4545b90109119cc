'use client'
import { useState } from 'react'
import { Button } from '../../components/ui/button.tsx'
import { TextArea } from '../../components/ui/text-area.tsx'
import { CorrectionDialog } from './correction-dialog.tsx'
import type { PlaceView } from './correction-view.ts'

const ACTS = {
  replay: { asIs: 'Replay this event', edited: 'Replay the edited copy', button: 'Try the edited copy…' },
  amend: { asIs: 'Amend this event', edited: 'Amend this event', button: 'Try the new content…' },
}

/** The content of an event, to be edited: replayed where it is held, also as it is, or amended where it counts. The same source and id, or it is refused. */
export function EditedCopy({
  act,
  content: received,
  space,
  place,
  onDone,
}: {
  act: 'replay' | 'amend'
  content: string | null
  space: string | null
  place: PlaceView
  onDone: (words: string) => void
}) {
  const original = readable(received ?? '')
  const [content, setContent] = useState(original)
  const isEdited = content !== original
  const mayAsIs = act === 'replay'
  const { asIs, edited, button } = ACTS[act]
  return (
    <>
      <TextArea
        label={isEdited ? 'An edited copy' : 'As received'}
        name="content"
        value={content}
        onChange={(event) => setContent(event.currentTarget.value)}
        hint="Edit it to correct a copy; source and id have to stay. What was received is kept as it is."
        rows={Math.min(24, original.split('\n').length + 1)}
        isMono
      />
      <div className="kbar">
        {isEdited || mayAsIs ? (
          <CorrectionDialog
            space={space}
            title={isEdited ? edited : asIs}
            trigger={<Button kind="main">{isEdited ? button : 'Try a replay…'}</Button>}
            asked={{ act, on: { places: [isEdited ? { ...place, content } : place] } }}
            onDone={onDone}
          />
        ) : (
          <p className="sub">Edit it, and what that would change is shown before it is done.</p>
        )}
        {isEdited ? <Button onClick={() => setContent(original)}>Back to the original</Button> : null}
      </div>
    </>
  )
}

/** Digits or an exponent that a double may not hold; what stands in quotes is no number. */
const LONG_NUMBER = /\d{16}|\d[eE][+-]?\d/
const QUOTED = /"(?:[^"\\]|\\.)*"/g

/** On several lines, where that is sure to change no value. */
function readable(text: string): string {
  if (LONG_NUMBER.test(text.replace(QUOTED, '""'))) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
