'use client'
import Link from 'next/link'
import { Exact } from '../../components/ui/exact.tsx'
import { Glyph } from '../../components/ui/glyph.tsx'
import { formatBilled, formatCount, formatExact, formatMoment, formatUnit, formatWindow } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { EntryEvents } from './entry-events.tsx'
import { EntryParts } from './entry-parts.tsx'
import { PlaceLink } from './place-link.tsx'
import { entryEvidence, statementPath, writeOpened } from './statement-address.ts'
import type { EntryView, LineView, StatementView } from './statement-view.ts'
import { reasonWords } from './statement-words.ts'

type Props = {
  statement: StatementView
  line: LineView
  entry: EntryView
  /** The entry that this one adjusts stands in the same list. */
  isAdjustedHere: boolean
  /** The id of the statement that a correction corrects. */
  corrected: string | null
}

/** Where an entry stands in its list. */
export const entryAnchor = (sequence: string) => `entry-${sequence}`

/** One entry: its window, how much, what it costs; opened, the arithmetic of it, its place in the chain and its events. */
export function LineEntry(props: Props & { isOpen: boolean }) {
  const { statement, line, entry, isOpen } = props
  const { space } = useFrame()
  const opened = writeOpened({ line: line.id, entry: isOpen ? null : entry.sequence })
  return (
    <li id={entryAnchor(entry.sequence)} className={entry.kind === 'adjustment' ? 'am' : undefined}>
      <PlaceLink className="entry" href={statementPath(space.slug, statement.id) + opened} isExpanded={isOpen}>
        <span className={isOpen ? 'tw open' : 'tw'}>
          <Glyph name="right" />
        </span>
        <span className="when">
          {entry.window ? formatWindow(entry.window, 'hour', statement.zone) : `Entry ${formatCount(entry.sequence)}`}
          <span className="mut">
            {entry.environment ?? ''}
            {entry.kind === 'adjustment' ? `${entry.environment ? ', ' : ''}adjustment` : ''}
          </span>
        </span>
        <span className="how">
          {entry.amount === null ? null : <Exact text={entry.amount} />}
          {entry.quantity === null ? null : (
            <span className="mut" title={formatExact(entry.quantity)}>
              {formatBilled(entry.quantity)}{' '}
              <span className="un">{line.unit === null ? '' : formatUnit(line.unit, entry.quantity)}</span>
            </span>
          )}
        </span>
      </PlaceLink>
      {isOpen ? <Opened {...props} /> : null}
    </li>
  )
}

function Opened(props: Props) {
  const { statement, line, entry } = props
  return (
    <div className="made">
      <Adjusted {...props} />
      {entry.text ? <p className="why">{entry.text}</p> : null}
      <EntryParts entry={entry} line={line} statement={statement} />
      <dl className="kv place">
        <dt>Ledger entry</dt>
        <dd>{formatCount(entry.sequence)}</dd>
        <dt>Posted</dt>
        <dd>{formatMoment(entry.postedAt, statement.zone)}</dd>
        {entry.journal ? (
          <>
            <dt>True of the journal</dt>
            <dd>
              shard {entry.journal.shard}, to batch {formatCount(entry.journal.through)}
            </dd>
          </>
        ) : null}
      </dl>
      <p className="hash">{entry.hash}</p>
      <Evidence entry={entry} />
      {entry.window ? <EntryEvents statement={statement} entry={entry} app={line.app} /> : null}
    </div>
  )
}

/** The charge in one file that proves itself, events and rules and all. */
function Evidence({ entry }: { entry: EntryView }) {
  const { space } = useFrame()
  if (!entry.window) return null
  return (
    <p className="why">
      <a className="btn line" href={entryEvidence(space.slug, entry.sequence)} download>
        Evidence of this entry <span className="mut">zip</span>
      </a>{' '}
      Check it offline: <code>npm run meterbook -- verify FILE</code>
    </p>
  )
}

/** Which entry is adjusted, and why; the first one stays as it was posted. */
function Adjusted({ statement, line, entry, isAdjustedHere, corrected }: Props) {
  const { space } = useFrame()
  if (entry.adjusts === null || entry.reason === null) return null
  const name = `entry ${formatCount(entry.adjusts)}`
  return (
    <p className="why">
      Adjusts{' '}
      {corrected !== null && !isAdjustedHere ? (
        <Link className="link" href={statementPath(space.slug, corrected)} prefetch={false}>
          {name} of {corrected}
        </Link>
      ) : (
        <PlaceLink
          className="link"
          href={statementPath(space.slug, statement.id) + writeOpened({ line: line.id, entry: entry.adjusts })}
        >
          {name}
        </PlaceLink>
      )}
      : {reasonWords(entry.reason)}. That entry stays as it was posted.
    </p>
  )
}
