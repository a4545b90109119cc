import type { ReactNode } from 'react'

export type TimelineSpan = {
  key: string
  /** RFC 3339; half-open [from, to). `to` null: until further notice. */
  from: string
  to: string | null
  label: ReactNode
  note?: ReactNode
  /** A gap or an overlap is drawn as what is wrong. */
  tone?: 'plain' | 'gap' | 'overlap'
}

export type TimelineTrack = { key: string; name: ReactNode; spans: readonly TimelineSpan[] }

/**
 * Effective-dated versions: drawn on one axis, and each told in words beneath it. `range`: what the axis shows, RFC 3339; `now` is marked. Times are UTC.
 */
export function Timeline({
  name,
  range,
  now,
  tracks,
}: {
  name: string
  range: { from: string; to: string }
  now: string
  tracks: readonly TimelineTrack[]
}) {
  const at = (instant: string) => shareOf(instant, range)
  return (
    <figure className="ktime" aria-label={name}>
      <div className="axis" aria-hidden="true">
        {ticksOf(range).map(({ key, label }) => (
          <span key={key} style={{ left: `${at(key)}%` }}>
            {label}
          </span>
        ))}
      </div>
      {tracks.map((track) => (
        <div className="track" key={track.key}>
          <div className="name">{track.name}</div>
          <div className="lane" aria-hidden="true">
            {track.spans.map(({ key, from, to, label, tone = 'plain' }) => {
              const left = at(from)
              const width = (to === null ? 100 : at(to)) - left
              return width <= 0 ? null : (
                <span
                  key={key}
                  className={`span ${markOf(tone)} ${stateOf({ from, to, now })}`}
                  style={{ left: `${left}%`, width: `${width}%` }}
                >
                  {label}
                </span>
              )
            })}
            <i className="now" style={{ left: `${at(now)}%` }} />
          </div>
          <ol>
            {track.spans.map(({ key, from, to, label, note, tone = 'plain' }) => (
              <li key={key} className={`${markOf(tone)} ${stateOf({ from, to, now })}`}>
                <span className="when num">
                  {dayOf(from)} to {to === null ? 'further notice' : dayOf(to)}
                </span>
                <span>
                  {label}
                  {note ? <span className="sub"> {note}</span> : null}
                </span>
              </li>
            ))}
          </ol>
        </div>
      ))}
    </figure>
  )
}

/** `plain` is what a button that reads as a link is called. */
function markOf(tone: NonNullable<TimelineSpan['tone']>): string {
  return tone === 'plain' ? '' : tone
}

function shareOf(instant: string, { from, to }: { from: string; to: string }): number {
  const start = Date.parse(from)
  const share = ((Date.parse(instant) - start) / (Date.parse(to) - start)) * 100
  return Math.min(Math.max(share, 0), 100)
}

function stateOf({ from, to, now }: { from: string; to: string | null; now: string }): string {
  const at = Date.parse(now)
  if (Date.parse(from) > at) return 'future'
  return to !== null && Date.parse(to) <= at ? 'past' : 'current'
}

const TICKS_MAX = 7

/** First days of months, at most TICKS_MAX. */
function ticksOf({ from, to }: { from: string; to: string }): { key: string; label: string }[] {
  const end = new Date(to)
  const start = new Date(from)
  const months: Date[] = []
  const first = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1))
  for (let each = first; each < end; each = new Date(Date.UTC(each.getUTCFullYear(), each.getUTCMonth() + 1, 1)))
    months.push(each)
  const step = Math.ceil(months.length / TICKS_MAX)
  return months
    .filter((_, at) => at % step === 0)
    .map((month) => ({ key: month.toISOString(), label: MONTH.format(month) }))
}

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const MINUTE = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit' },
  timeZone: 'UTC',
})

/** The day alone where it begins with it; the axis is in UTC. */
function dayOf(instant: string): string {
  const date = new Date(instant)
  return (date.getTime() % 86_400_000 === 0 ? DAY : MINUTE).format(date)
}
