'use client'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useState } from 'react'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu, type MenuEntry } from '../../components/ui/link-menu.tsx'
import { Popup } from '../../components/ui/popup.tsx'
import { formatLocal, formatRange, formatZone } from '../../format.ts'
import { FreshnessChip, PauseButton } from '../live/freshness-chip.tsx'
import { usePageAddress } from './page-address.tsx'
import type { PeriodView } from './usage-view.ts'
import type { ViewAddress } from './view-address.ts'

/** The controls that stay: which period, in which zone, how fresh, moving or not. `period` null while it is being read. */
export function PageBar({ period }: { period: PeriodView | null }) {
  const { space } = usePageAddress()
  return (
    <>
      {period ? <PeriodStepper period={period} /> : <span className="step skel" style={{ width: 180, height: 28 }} />}
      {period ? <ZoneMenu period={period} /> : null}
      <span className="gap" />
      <span className="fresh-slot">
        <FreshnessChip space={space} zone={period?.zone ?? 'UTC'} />
      </span>
      <span className="rule" />
      <PauseButton />
    </>
  )
}

function PeriodStepper({ period }: { period: PeriodView }) {
  const { address, href } = usePageAddress()
  const before = href(stepped(period, address, -1))
  const isAtNow = Date.parse(period.to) >= Date.parse(period.asOf)
  return (
    <nav className="step" aria-label="Period">
      <Link className="btn sq" href={before} prefetch={false} scroll={false} aria-label="Previous period">
        <Glyph name="left" />
      </Link>
      <Popup
        className="btn"
        trigger={formatRange(period, period.zone)}
        title="Period of your own"
        content={(close) => <CustomPeriod period={period} onDone={close} />}
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

/** Typed ends, in the zone shown; the way without dragging. */
function CustomPeriod({ period, onDone }: { period: PeriodView; onDone: () => void }) {
  const { href } = usePageAddress()
  const router = useRouter()
  const submit = (form: FormData) => {
    onDone()
    router.push(href({ range: 'custom', from: String(form.get('from')), to: String(form.get('to')) }), {
      scroll: false,
    })
  }
  return (
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
  )
}

function ZoneMenu({ period }: { period: PeriodView }) {
  const { href } = usePageAddress()
  const [own, setOwn] = useState<string | null>(null)
  useEffect(() => setOwn(Intl.DateTimeFormat().resolvedOptions().timeZone), [])
  const entry = (zone: string, note: string, patch: string | undefined): MenuEntry => ({
    key: note,
    href: href({ zone: patch }),
    label: formatZone(zone),
    note,
    isCurrent: zone === period.zone,
  })
  const entries = [entry(period.billingZone, 'billing zone', undefined)]
  if (period.billingZone !== 'UTC') entries.push(entry('UTC', 'universal', 'UTC'))
  if (own && own !== 'UTC' && own !== period.billingZone) entries.push(entry(own, 'this browser', own))
  return (
    <LinkMenu
      className="btn"
      name={`Zone ${formatZone(period.zone)}`}
      groups={[{ name: 'Days and hours as in', entries }]}
    >
      <span className="wide">Zone</span> <b>{formatZone(period.zone)}</b>
    </LinkMenu>
  )
}
