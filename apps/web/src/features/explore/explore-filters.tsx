'use client'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu, type MenuEntry, type MenuGroup } from '../../components/ui/link-menu.tsx'
import { type Segment, Segments } from '../../components/ui/segments.tsx'
import type { FilterChoice } from '../usage/filter-button.tsx'
import { FilterTokens } from '../usage/filter-tokens.tsx'
import { usePageAddress } from '../usage/page-address.tsx'
import type { Granularity } from '../usage/usage-view.ts'
import type { Range } from '../usage/view-address.ts'
import { splitBy } from './drill.ts'
import type { ExploreView } from './explore-view.ts'

const RANGES: [Range, string][] = [
  ['1h', '1 h'],
  ['24h', '24 h'],
  ['7d', '7 d'],
  ['30d', '30 d'],
  ['month', 'Month'],
]
const SIZES: [Granularity, string][] = [
  ['minute', 'Minute'],
  ['quarter', '15 min'],
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
  ['month', 'Month'],
]

/** What is looked at, split how, of which part, how finely. Every choice is an address. */
export function ExploreFilters({ view }: { view: ExploreView }) {
  const { address, href } = usePageAddress()
  const ranges = RANGES.map(
    ([range, label]): Segment => ({
      key: range,
      label,
      href: href({ range, month: undefined, from: undefined, to: undefined, granularity: 'auto' }),
      isCurrent: address.range === range && !address.month,
    }),
  )
  const sizes = SIZES.filter(([size]) => view.period.granularities.includes(size)).map(
    ([size, label]): Segment => ({
      key: size,
      label,
      href: href({ granularity: size }),
      isCurrent: view.period.granularity === size,
    }),
  )
  return (
    <section className="filters" aria-label="Filters">
      {view.meter ? <MeterMenu view={view} /> : null}
      <ByMenus view={view} />
      <FilterTokens choices={choicesOf(view)} />
      <span className="gap" />
      <Segments name="Range" options={ranges} />
      <Segments name="Bucket" options={sizes} />
      {view.kind === 'usage' ? <BasisSwitch /> : null}
    </section>
  )
}

function BasisSwitch() {
  const { address, href } = usePageAddress()
  const options = (['billable', 'raw'] as const).map((basis) => ({
    key: basis,
    label: basis === 'billable' ? 'Billable' : 'Raw',
    href: href({ basis }),
    isCurrent: address.basis === basis,
  }))
  return <Segments name="Usage counted" options={options} />
}

function MeterMenu({ view }: { view: ExploreView }) {
  const { href } = usePageAddress()
  const groups = new Map<string, MenuGroup>()
  for (const meter of view.meters) {
    const group = groups.get(meter.capability) ?? { name: meter.capability, entries: [] }
    groups.set(meter.capability, group)
    group.entries.push({
      key: meter.slug,
      href: href({ meter: meter.slug, pins: undefined }),
      label: meter.name,
      note: meter.unit,
      isCurrent: meter.slug === view.meter?.slug,
    })
  }
  const all = [...groups.values()]
  const isFlat = all.every(({ entries }) => entries.length === 1)
  return (
    <span className="pair">
      <span className="lab">Meter</span>
      <LinkMenu
        className="btn line"
        name={`Meter ${view.meter?.name}`}
        groups={isFlat ? [{ entries: all.flatMap(({ entries }) => entries) }] : all}
      >
        {view.meter?.name} <Glyph name="down" />
      </LinkMenu>
    </span>
  )
}

function ByMenus({ view }: { view: ExploreView }) {
  const { href } = usePageAddress()
  const { by, dimensions } = view
  const menu = (level: number) => {
    const current = by[level]
    const name = dimensions.find(({ key }) => key === current)?.name
    const entries: MenuEntry[] = dimensions
      .filter(({ key }) => key === current || !by.includes(key))
      .map(({ key, name: label }) => ({
        key,
        label,
        href: href({ by: splitBy(by, level, key), pins: undefined }),
        isCurrent: key === current,
      }))
    const none = { key: '', label: 'Not split', href: href({ by: splitBy(by, level, null), pins: undefined }) }
    return (
      <LinkMenu
        className="btn"
        name={`${level === 0 ? 'Split by' : 'then by'} ${name ?? 'nothing'}`}
        groups={[{ entries: [{ ...none, isCurrent: current === undefined }, ...entries] }]}
      >
        {name ?? 'nothing'}
      </LinkMenu>
    )
  }
  return (
    <span className="pair">
      <span className="lab">by</span>
      <span className="tok">
        {menu(0)}
        {by.length > 0 ? (
          <>
            <span className="op">then</span>
            {menu(1)}
          </>
        ) : null}
      </span>
    </span>
  )
}

/** What the view can be filtered by; where the values are not known, they are typed. */
export function choicesOf({ dimensions }: Pick<ExploreView, 'dimensions'>): FilterChoice[] {
  return dimensions.map(({ key, name, values }) => ({
    dimension: key,
    name,
    ...(values.length > 0 && { values: values.map((value) => ({ value: value.key, name: value.name })) }),
  }))
}
