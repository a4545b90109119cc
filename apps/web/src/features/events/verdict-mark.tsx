import { Glyph } from '../../components/ui/glyph.tsx'
import { formatReason } from '../../format.ts'
import type { EventRow } from './events-address.ts'

type Tone = 'good' | 'warn' | 'mut'

/** Held back and waiting for somebody is a warning; counted is well; what counts no more, or never did, is neither. */
const TONES: Record<EventRow['verdict'], Tone> = {
  counted: 'good',
  duplicate: 'mut',
  conflict: 'warn',
  quarantined: 'warn',
  cancelled: 'mut',
  dismissed: 'mut',
}

/** What became of an event, in a glyph and words; why, where it is held. */
export function VerdictMark({ event }: { event: Pick<EventRow, 'verdict' | 'reason' | 'detail'> }) {
  const tone = TONES[event.verdict]
  return (
    <span className="mark" title={event.detail || undefined}>
      <span className={tone}>
        <Glyph name={tone === 'good' ? 'check' : tone === 'warn' ? 'warn' : 'right'} />
      </span>
      {formatReason(event.verdict)}
      {event.reason ? <span className="mut">{formatReason(event.reason).toLowerCase()}</span> : null}
    </span>
  )
}
