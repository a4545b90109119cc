'use client'
import { LinkMenu } from '../../components/ui/link-menu.tsx'
import { previousWords } from './finding.ts'
import { usePageAddress } from './page-address.tsx'
import type { PeriodView } from './usage-view.ts'
import type { Compare } from './view-address.ts'

const NAMES: Record<Compare, string> = {
  prev: 'same elapsed time before',
  week: 'same time a week before',
  year: 'same dates a year before',
  none: 'nothing',
}
const SHORT: Record<Compare, string> = {
  prev: 'same elapsed',
  week: 'a week before',
  year: 'a year before',
  none: 'nothing',
}

const LONG_CHARS = 34

/** What the figures of the page are held against. */
export function CompareMenu({ period }: { period: PeriodView }) {
  const { address, href } = usePageAddress()
  const entries = (['prev', 'week', 'year', 'none'] as const).map((compare) => ({
    key: compare,
    href: href({ compare }),
    label: NAMES[compare].charAt(0).toUpperCase() + NAMES[compare].slice(1),
    isCurrent: compare === address.compare,
  }))
  const short = SHORT[address.compare]
  const words = address.compare === 'none' ? short : `${short}, ${previousWords(period)}`
  // hours of two days are for the name and the sentence above the chart: they would push the bar into a second row
  const isLong = words.length > LONG_CHARS
  return (
    <LinkMenu className="btn opt" name={`Against ${words}`} groups={[{ name: 'Held against', entries }]}>
      Against <b>{isLong ? short : words}</b>
    </LinkMenu>
  )
}
