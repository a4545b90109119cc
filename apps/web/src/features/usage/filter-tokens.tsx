'use client'
import Link from 'next/link'
import { Glyph } from '../../components/ui/glyph.tsx'
import type { FilterChoice } from './filter-button.tsx'
import { usePageAddress } from './page-address.tsx'
import type { UsageFilter } from './usage-filter.ts'

const NAMED_MAX = 3

/** The filters in force, each with the way to take it off. One that this page cannot apply says so: it changes no figure here. */
export function FilterTokens({ choices }: { choices: readonly FilterChoice[] }) {
  const { address, href } = usePageAddress()
  if (address.filters.length === 0) return null
  return (
    <ul className="tokens" aria-label="Filters in force">
      {address.filters.map((filter) => {
        const choice = choices.find(({ dimension }) => dimension === filter.dimension)
        const words = `${choice?.name ?? nameOf(filter)} ${filter.operator === 'in' ? 'is' : 'is not'} ${valuesOf(filter, choice)}`
        return (
          <li key={`${filter.dimension} ${filter.operator}`} className={choice ? 'token' : 'token off'}>
            <span>
              {words}
              {choice ? '' : ', not applied on this page'}
            </span>
            <Link
              className="btn sq"
              href={href({ filters: address.filters.filter((known) => known !== filter) })}
              prefetch={false}
              scroll={false}
              aria-label={`Take off the filter: ${words}`}
            >
              <Glyph name="close" />
            </Link>
          </li>
        )
      })}
    </ul>
  )
}

function nameOf({ dimension }: UsageFilter): string {
  return dimension.startsWith('d.') ? dimension.slice(2) : dimension
}

function valuesOf({ values }: UsageFilter, choice: FilterChoice | undefined): string {
  const named = values.map(
    (value) => choice?.values?.find((known) => known.value === value)?.name ?? (value || 'not named'),
  )
  const rest = named.length - NAMED_MAX
  return rest > 0 ? `${named.slice(0, NAMED_MAX).join(', ')} and ${rest} more` : named.join(' or ')
}
