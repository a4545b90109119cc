'use client'
import { FreshnessChip, PauseButton } from '../live/freshness-chip.tsx'
import { CompareMenu } from './compare-menu.tsx'
import { type CopyForm, CopyLink } from './copy-link.tsx'
import { FilterButton, type FilterChoice } from './filter-button.tsx'
import { FrozenMark } from './frozen-mark.tsx'
import { usePageAddress } from './page-address.tsx'
import { PeriodStepper } from './period-stepper.tsx'
import type { PeriodView } from './usage-view.ts'
import { ZoneMenu } from './zone-menu.tsx'

/**
 * The controls that stay: which period, in which zone, against what, filtered by what; how fresh, moving or not; and the way to take the view
 * along. `period` null while it is being read. `filters`: what the page can be filtered by; `forms`: what it can be asked as. `canFreeze`: every figure
 * of the page is read in the state that the address names (`asOf`, see readAsAsked); a page that shows others must not offer it.
 */
export function PageBar(props: {
  period: PeriodView | null
  filters?: readonly FilterChoice[]
  forms?: readonly CopyForm[]
  hasCompare?: boolean
  /** False for what is of the billing zone alone. */
  hasZone?: boolean
  canFreeze?: boolean
}) {
  const { period, filters = [], forms = [], hasCompare = true, hasZone = true, canFreeze = false } = props
  const { space, address } = usePageAddress()
  return (
    <>
      {period ? <PeriodStepper period={period} /> : <span className="step skel" style={{ width: 180, height: 28 }} />}
      {period && hasZone ? <ZoneMenu period={period} /> : null}
      {period && hasCompare ? <CompareMenu period={period} /> : null}
      {filters.length > 0 ? <FilterButton choices={filters} /> : null}
      <span className="gap" />
      {address.asOf ? (
        <FrozenMark period={period} />
      ) : (
        <>
          <span className="fresh-slot">
            <FreshnessChip space={space} zone={period?.zone ?? 'UTC'} />
          </span>
          <span className="rule" />
          <PauseButton />
        </>
      )}
      <CopyLink
        space={space}
        forms={address.asOf ? [] : forms}
        canFreeze={canFreeze}
        isFrozen={address.asOf !== undefined}
      />
    </>
  )
}
