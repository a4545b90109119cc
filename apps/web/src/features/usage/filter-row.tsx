'use client'
import { Glyph } from '../../components/ui/glyph.tsx'
import { LinkMenu, type MenuGroup } from '../../components/ui/link-menu.tsx'
import { type Segment, Segments } from '../../components/ui/segments.tsx'
import type { FilterChoice } from './filter-button.tsx'
import { FilterTokens } from './filter-tokens.tsx'
import { usePageAddress } from './page-address.tsx'
import { replaced } from './usage-filter.ts'
import type { Granularity, MeterView, PeriodView } from './usage-view.ts'
import type { Range } from './view-address.ts'

const RANGE_NAMES: [Range, string][] = [
  ['1h', '1 h'],
  ['24h', '24 h'],
  ['7d', '7 d'],
  ['30d', '30 d'],
  ['month', 'Month'],
]
const GRANULARITY_NAMES: [Granularity, string][] = [
  ['minute', 'Minute'],
  ['quarter', '15 min'],
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
  ['month', 'Month'],
]

/** What to look at, and how finely. */
export function FilterRow(props: {
  period: PeriodView
  /** What the page can be filtered by; filters on anything else say that they do nothing here. */
  choices: readonly FilterChoice[]
  environments: string[]
  environment: string | null
  meters?: { all: MeterView[]; current: MeterView }
}) {
  const { address, href } = usePageAddress()
  const ranges = RANGE_NAMES.map(
    ([range, label]): Segment => ({
      key: range,
      label,
      href: href({ range, month: undefined, from: undefined, to: undefined, granularity: 'auto' }),
      isCurrent: address.range === range && !address.month,
    }),
  )
  return (
    <section className="filters" aria-label="Filters">
      {props.meters ? <MeterMenu {...props.meters} /> : null}
      {props.environments.length > 1 ? (
        <EnvironmentMenu environments={props.environments} environment={props.environment} />
      ) : null}
      <FilterTokens choices={props.choices} />
      <span className="gap" />
      <Segments name="Range" options={ranges} />
      <Segments name="Bucket" options={granularitySegments(props.period, href)} />
    </section>
  )
}

function granularitySegments(period: PeriodView, href: ReturnType<typeof usePageAddress>['href']): Segment[] {
  const near = GRANULARITY_NAMES.filter(([granularity]) => period.granularities.includes(granularity))
  return near.map(([granularity, label]) => ({
    key: granularity,
    label,
    href: href({ granularity }),
    isCurrent: period.granularity === granularity,
  }))
}

function MeterMenu({ all, current }: { all: MeterView[]; current: MeterView }) {
  const { href } = usePageAddress()
  const groups = new Map<string, MenuGroup>()
  for (const meter of all) {
    const group = groups.get(meter.capability) ?? { name: meter.capability, entries: [] }
    groups.set(meter.capability, group)
    const entry = { key: meter.slug, href: href({ meter: meter.slug }), label: meter.name, note: meter.unit }
    group.entries.push({ ...entry, isCurrent: meter.slug === current.slug })
  }
  return (
    <span className="pair">
      <span className="lab">Meter</span>
      <LinkMenu className="btn line" name={`Meter ${current.name}`} groups={flattened([...groups.values()])}>
        {current.name} <Glyph name="down" />
      </LinkMenu>
    </span>
  )
}

/** Capabilities with one meter of the same name need no heading of their own. */
function flattened(groups: MenuGroup[]): MenuGroup[] {
  return groups.every(({ entries }) => entries.length === 1)
    ? [{ entries: groups.flatMap(({ entries }) => entries) }]
    : groups
}

function EnvironmentMenu({ environments, environment }: { environments: string[]; environment: string | null }) {
  const { address, href } = usePageAddress()
  const only = (key: string | null) => ({
    filters: replaced(address.filters, 'environment', key === null ? null : { operator: 'in', values: [key] }),
  })
  const all = {
    key: '',
    href: href(only(null)),
    label: 'All environments',
    isCurrent: environment === null,
  }
  const entries = environments.map((key) => ({
    key,
    href: href(only(key)),
    label: key,
    isCurrent: key === environment,
  }))
  return (
    <span className="pair">
      <span className="lab">Environment</span>
      <LinkMenu
        className="btn line"
        name={`Environment ${environment ?? 'all'}`}
        groups={[{ entries: [all, ...entries] }]}
      >
        {environment ?? 'All'} <Glyph name="down" />
      </LinkMenu>
    </span>
  )
}
