import { formatCount, formatDate, formatTime } from '../../format.ts'
import type { LatencyBar } from './status-view.ts'
import { historyWords, latencyWords } from './status-words.ts'

const HEIGHT = 120
const STEP = 10
/** The scale is logarithmic: from 10 ms to 10 minutes. */
const [LEAST_MS, MOST_MS] = [10, 600_000]
const LINES = [
  [100, '0.1 s'],
  [1_000, '1 s'],
  [10_000, '10 s'],
  [60_000, '1 min'],
] as const

/** How long events took, stretch by stretch: 95 % as a bar, half of them as a line in it. What was not measured is a grey band. */
export function LatencyHistory({
  bars,
  unit,
  title,
}: {
  bars: readonly LatencyBar[]
  unit: 'day' | 'hour'
  title: string
}) {
  const width = bars.length * STEP
  const words = historyWords(bars, unit)
  return (
    <figure className="lat">
      <figcaption>
        <b>{title}</b> <span className="sub">{words}</span>
      </figcaption>
      <div className="plot">
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${title}. ${words}`}>
          {LINES.map(([ms]) => (
            <line key={ms} className="grid" x1="0" x2={width} y1={heightOf(ms)} y2={heightOf(ms)} />
          ))}
          {bars.map((bar, at) => (
            <Bar key={bar.start} bar={bar} x={at * STEP} />
          ))}
        </svg>
        <ol aria-hidden="true">
          {LINES.map(([ms, label]) => (
            <li key={ms} style={{ top: `${(heightOf(ms) / HEIGHT) * 100}%` }}>
              {label}
            </li>
          ))}
        </ol>
      </div>
      <p className="ends sub" aria-hidden="true">
        <span>{nameOf(bars[0]?.start, unit)}</span>
        <span>now</span>
      </p>
      <p className="marks sub" aria-hidden="true">
        <i className="p95" />
        95 % within <i className="p50" />
        half within <i className="gone" />
        not measured
      </p>
      <details>
        <summary>As a table</summary>
        <HistoryTable bars={bars} unit={unit} title={title} />
      </details>
    </figure>
  )
}

function Bar({ bar, x }: { bar: LatencyBar; x: number }) {
  if (bar.state === 'unavailable') return <rect className="gone" x={x} y="0" width={STEP + 0.5} height={HEIGHT} />
  if (bar.state === 'empty') return <rect className="none" x={x + 1} y={HEIGHT - 2} width={STEP - 2} height="2" />
  const top = heightOf(bar.p95 ?? MOST_MS)
  const middle = heightOf(bar.p50 ?? MOST_MS)
  return (
    <>
      <rect
        className={bar.p95 === null || bar.p95 > 5_000 ? 'p95 slow' : 'p95'}
        x={x + 1}
        y={top}
        width={STEP - 2}
        height={HEIGHT - top}
      />
      <rect className="p50" x={x + 1} y={middle} width={STEP - 2} height="2" />
    </>
  )
}

function heightOf(ms: number): number {
  const share = Math.log(Math.min(MOST_MS, Math.max(LEAST_MS, ms)) / LEAST_MS) / Math.log(MOST_MS / LEAST_MS)
  return Math.round((1 - share) * (HEIGHT - 2) * 10) / 10
}

function HistoryTable({ bars, unit, title }: { bars: readonly LatencyBar[]; unit: 'day' | 'hour'; title: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section className="tbl tall" aria-label={`${title}, as a table`} tabIndex={0}>
      <table>
        <caption className="vh">{title}</caption>
        <thead>
          <tr>
            <th scope="col" className="l">
              {unit === 'day' ? 'Day, UTC' : 'Hour, UTC'}
            </th>
            <th scope="col">Events</th>
            <th scope="col">Half within</th>
            <th scope="col">95 % within</th>
            <th scope="col">99 % within</th>
            <th scope="col">Most behind</th>
            <th scope="col">Watched</th>
          </tr>
        </thead>
        <tbody>
          {bars.toReversed().map((bar) => (
            <tr key={bar.start}>
              <th scope="row" className="l">
                {nameOf(bar.start, unit)}
              </th>
              {bar.state === 'unavailable' ? (
                <td colSpan={6} className="l mut">
                  not measured
                </td>
              ) : (
                <>
                  <td>{formatCount(bar.events)}</td>
                  <td>{latencyWords(bar.p50)}</td>
                  <td>{latencyWords(bar.p95)}</td>
                  <td>{latencyWords(bar.p99)}</td>
                  <td>{latencyWords(bar.lagMsMax)}</td>
                  <td>
                    {bar.minutesWatched >= bar.minutes ? 'all of it' : `${bar.minutesWatched} of ${bar.minutes} min`}
                  </td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function nameOf(start: string | undefined, unit: 'day' | 'hour'): string {
  if (start === undefined) return ''
  return unit === 'day' ? formatDate(start, 'UTC') : `${formatDate(start, 'UTC')}, ${formatTime(start, 'UTC')}`
}
