'use client'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu } from '../../components/ui/link-menu.tsx'
import { formatMonth, formatPayable, formatZone } from '../../format.ts'
import { FrameBar } from '../frame/frame-bar.tsx'
import { useFrame } from '../frame/frame-context.tsx'
import { FreshnessChip, PauseButton } from '../live/freshness-chip.tsx'
import { CopyLink } from '../usage/copy-link.tsx'
import { statementPath } from './statement-address.ts'
import type { MonthView } from './statement-view.ts'

/** The bar of the statements: which month, in which zone, how fresh. `months` null while they are being read. */
export function StatementBar({ months, id }: { months: MonthView[] | null; id?: string }) {
  const { space } = useFrame()
  return (
    <FrameBar>
      {id === undefined ? null : months ? (
        <MonthStepper months={months} id={id} />
      ) : (
        <span className="step skel" style={{ width: 180, height: 28 }} />
      )}
      <span className="btn still">
        <span className="wide">Billing zone</span> <b>{formatZone(space.billingZone)}</b>
      </span>
      <span className="gap" />
      <span className="fresh-slot">
        <FreshnessChip space={space.slug} zone={space.billingZone} />
      </span>
      <span className="rule" />
      <PauseButton />
      <CopyLink space={space.slug} />
    </FrameBar>
  )
}

function MonthStepper({ months, id }: { months: MonthView[]; id: string }) {
  const { space } = useFrame()
  const inOrder = months.toSorted((a, b) => (a.period.start < b.period.start ? -1 : 1))
  const place = inOrder.findIndex((month) => month.id === id)
  const current = inOrder[place]
  if (!current) return null
  const nameOf = (month: MonthView) => formatMonth(month.period.start, space.billingZone)
  const entries = inOrder.toReversed().map((month) => ({
    key: month.id,
    href: statementPath(space.slug, month.id),
    label: nameOf(month),
    note: month.total === null ? month.state : `${month.state}, ${formatPayable(month.total, month.currency)}`,
    isCurrent: month.id === id,
  }))
  return (
    <nav className="step" aria-label="Month">
      <Step month={inOrder[place - 1]} glyph="left" name="Previous month" end="This is the first month" />
      <LinkMenu className="btn" name={`Month ${nameOf(current)}`} groups={[{ name: 'Statements', entries }]}>
        {nameOf(current)}
      </LinkMenu>
      <Step month={inOrder[place + 1]} glyph="right" name="Next month" end="This is the latest month" />
    </nav>
  )
}

function Step(props: { month: MonthView | undefined; glyph: 'left' | 'right'; name: string; end: string }) {
  const { space } = useFrame()
  return props.month ? (
    <Link className="btn sq" href={statementPath(space.slug, props.month.id)} prefetch={false} aria-label={props.name}>
      <Glyph name={props.glyph} />
    </Link>
  ) : (
    <span className="btn sq" aria-disabled="true">
      <Glyph name={props.glyph} />
      <span className="vh">{props.end}</span>
    </span>
  )
}
