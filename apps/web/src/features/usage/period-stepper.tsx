'use client'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatLocal, formatRange, formatZone } from '../../format.ts'
import { usePageAddress } from './page-address.tsx'
import type { PeriodView } from './usage-view.ts'
import type { Range, ViewAddress } from './view-address.ts'

const PRESETS: [Exclude<Range, 'custom'>, string][] = [
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['month', 'This month'],
]

/** Which period, and the ones beside it. */
export function PeriodStepper({ period }: { period: PeriodView }) {
  const { address, href } = usePageAddress()
  const isAtNow = Date.parse(period.to) >= Date.parse(period.asOf)
  return (
    <nav className="step" aria-label="Period">
      <Link
        className="btn sq"
        href={href(stepped(period, address, -1))}
        prefetch={false}
        scroll={false}
        aria-label="Previous period"
        data-shortcut="["
        aria-keyshortcuts="["
      >
        <Glyph name="left" />
      </Link>
      <Popup
        className="btn"
        shortcut="t"
        trigger={formatRange(period, period.zone)}
        title="Period"
        content={(close) => <PeriodChoice period={period} onDone={close} />}
      />
      {isAtNow ? (
        <span className="btn sq" aria-disabled="true">
          <Glyph name="right" />
          <span className="vh">This is the latest period</span>
        </span>
      ) : (
        <Link
          className="btn sq"
          href={href(stepped(period, address, 1))}
          prefetch={false}
          scroll={false}
          aria-label="Next period"
          data-shortcut="]"
          aria-keyshortcuts="]"
        >
          <Glyph name="right" />
        </Link>
      )}
    </nav>
  )
}

/** The period before or after: a month by the calendar, anything else by its own length. */
function stepped(period: PeriodView, address: ViewAddress, direction: -1 | 1): Partial<ViewAddress> {
  const { zone } = period
  if (address.range === 'month') {
    const inside = direction < 0 ? Date.parse(period.from) - 1 : Date.parse(period.to)
    const month = formatLocal(new Date(inside).toISOString(), zone).slice(0, 7)
    const isNow = month === formatLocal(period.asOf, zone).slice(0, 7)
    return { month: isNow ? undefined : month }
  }
  const length = (Date.parse(period.to) - Date.parse(period.from)) * direction
  const [from, to] = [period.from, period.to].map((edge) =>
    formatLocal(new Date(Date.parse(edge) + length).toISOString(), zone),
  )
  return { range: 'custom', from, to }
}

/** The usual ones as links; typed ends, in the zone shown, which is also the way without dragging. */
function PeriodChoice({ period, onDone }: { period: PeriodView; onDone: () => void }) {
  const { address, href, go } = usePageAddress()
  const submit = (form: FormData) => {
    onDone()
    go(href({ range: 'custom', from: String(form.get('from')), to: String(form.get('to')) }))
  }
  return (
    <>
      <ul className="choices">
        {PRESETS.map(([range, name]) => (
          <li key={range}>
            <Link
              className="item"
              href={href({ range, month: undefined, from: undefined, to: undefined, granularity: 'auto' })}
              prefetch={false}
              scroll={false}
              onClick={onDone}
              aria-current={address.range === range && !address.month ? 'true' : undefined}
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
      <form action={submit}>
        <div className="field">
          <label htmlFor="period-from">From</label>
          <input
            id="period-from"
            name="from"
            type="datetime-local"
            required
            defaultValue={formatLocal(period.from, period.zone)}
          />
        </div>
        <div className="field">
          <label htmlFor="period-to">To, not included</label>
          <input
            id="period-to"
            name="to"
            type="datetime-local"
            required
            defaultValue={formatLocal(period.to, period.zone)}
          />
        </div>
        <p className="sub" style={{ marginTop: 8 }}>
          Times of {formatZone(period.zone)}
        </p>
        <button type="submit" className="btn main" style={{ marginTop: 10, width: '100%' }}>
          Show
        </button>
      </form>
    </>
  )
}
