'use client'
import Link from 'next/link'
import { Notice } from '../../components/ui/notice.tsx'
import { formatReason } from '../../format.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { fixOf } from '../quarantine/quarantine-address.ts'
import { type LifeView, placeText, type ReceiptView } from './events-address.ts'
import type { EventRights } from './events-page.tsx'

/** Why an event does not count, what cures it, and the way there; nothing for one that counts. */
export function HeldWords(props: { asked: ReceiptView['asked']; life: LifeView | null; may: EventRights }) {
  const { asked, life, may } = props
  const { space } = useFrame()
  const { verdict, reason, detail } = asked
  if (verdict === 'counted') return null
  const isHeld = verdict === 'quarantined' || verdict === 'conflict'
  const fix = may.fix && isHeld ? fixOf(asked) : null
  return (
    <Notice
      tone={isHeld ? 'warning' : 'info'}
      title={`${formatReason(verdict)}${reason ? `: ${formatReason(reason).toLowerCase()}` : ''}`}
    >
      {detail ? <p className="mono">{detail}</p> : null}
      <p>{asked.first === null ? (life?.verdict.cure ?? WORDS[verdict]) : WORDS[verdict]}</p>
      {isHeld && may.replay ? (
        <p>
          <Link
            className="link"
            href={`/s/${space.slug}/quarantine?${new URLSearchParams({ event: placeText(asked) })}`}
          >
            {verdict === 'conflict' ? 'Look at both, and decide' : 'Edit and replay it'}
          </Link>
          {fix ? (
            <>
              {' '}
              <Link className="link fix" href={fix.href}>
                {fix.label}
              </Link>
            </>
          ) : null}
        </p>
      ) : null}
    </Notice>
  )
}

const WORDS: Record<ReceiptView['asked']['verdict'], string> = {
  counted: '',
  duplicate: 'The same source, id and content came before. It is counted once, and this one costs nothing.',
  conflict: 'The same source and id came before with other content. The first stands; this one counts nothing.',
  quarantined: 'It was taken and kept, and counts nothing until what holds it is cured.',
  cancelled: 'It was counted and is no more: a reversal of each of its records stands beside them.',
  dismissed: 'It is held no longer and never counted.',
}
