'use client'
import Link from 'next/link'
import { Popup } from '../../components/ui/popup.tsx'
import { formatMoment, formatZone } from '../../format.ts'
import { usePageAddress } from './page-address.tsx'
import type { PeriodView } from './usage-view.ts'

/** In whose days and hours; the zone of the bill beside the one shown, and what the difference is. */
export function ZoneMenu({ period }: { period: PeriodView }) {
  return (
    <Popup
      className="btn"
      label={`Zone ${formatZone(period.zone)}`}
      trigger={
        <>
          <span className="wide">Zone</span> <b>{formatZone(period.zone)}</b>
        </>
      }
      title="Days and hours as in"
      content={(close) => <ZoneChoice period={period} onDone={close} />}
    />
  )
}

function ZoneChoice({ period, onDone }: { period: PeriodView; onDone: () => void }) {
  const { href, go } = usePageAddress()
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const { billingZone } = period
  const choices: { zone: string; note: string }[] = [{ zone: billingZone, note: 'billing zone' }]
  if (own !== billingZone) choices.push({ zone: own, note: 'this browser' })
  if (billingZone !== 'UTC' && own !== 'UTC') choices.push({ zone: 'UTC', note: 'universal' })
  if (choices.every(({ zone }) => zone !== period.zone)) choices.push({ zone: period.zone, note: 'of this link' })
  const patch = (zone: string) => ({ zone: zone === billingZone ? undefined : zone })
  const submit = (form: FormData) => {
    onDone()
    go(href(patch(String(form.get('zone')).trim().replaceAll(' ', '_'))))
  }
  return (
    <div className="zone-choice">
      <ul className="choices">
        {choices.map(({ zone, note }) => (
          <li key={zone}>
            <Link
              className="item"
              href={href(patch(zone))}
              prefetch={false}
              scroll={false}
              onClick={onDone}
              aria-current={zone === period.zone ? 'true' : undefined}
            >
              <span>{formatZone(zone)}</span>
              <span className="mut">{note}</span>
            </Link>
          </li>
        ))}
      </ul>
      <form action={submit}>
        <div className="field">
          <label htmlFor="zone-name">Another, by its name</label>
          <input id="zone-name" name="zone" list="zone-names" placeholder="Asia/Kolkata" required maxLength={60} />
          <datalist id="zone-names">
            {Intl.supportedValuesOf('timeZone').map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </div>
      </form>
      <p className="sub">
        Days and months begin at midnight of the zone shown. Bills are always cut in the billing zone,{' '}
        {formatZone(billingZone)}
        {period.zone === billingZone
          ? ', which is the one shown.'
          : `: this period begins there on ${formatMoment(period.from, billingZone)}.`}
      </p>
    </div>
  )
}
