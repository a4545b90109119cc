import { Glyph, PulseGlyph } from '../../components/ui/glyph.tsx'
import { formatInstants } from '../../format.ts'
import type { StatementView } from './statement-view.ts'

type Item = StatementView['checklist'][number]

const STATE_WORDS: Record<Item['state'], string> = {
  ok: 'done',
  waiting: 'waiting',
  blocked: 'blocked',
  waived: 'waived',
}

/** What has to hold before the month is closed, point by point. */
export function ClosingChecklist({ items, zone }: { items: readonly Item[]; zone: string }) {
  if (items.length === 0) return null
  return (
    <section className="closing" aria-labelledby="closing">
      <h2 className="q" id="closing">
        Before it is closed
      </h2>
      <ul className="checks">
        {items.map(({ item, state, words }) => (
          <li key={item}>
            <span className={state === 'ok' ? 'good' : state === 'blocked' ? 'bad' : 'warn'}>
              {state === 'waiting' ? <PulseGlyph isLate /> : <Glyph name={state === 'ok' ? 'check' : 'warn'} />}
              <span className="vh">{STATE_WORDS[state]}: </span>
            </span>
            <span>{formatInstants(words, zone)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
