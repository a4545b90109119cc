'use client'
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import { DataTable } from '../../components/ui/data-table.tsx'
import { EmptyState } from '../../components/ui/empty-state.tsx'
import { PageHead } from '../../components/ui/page-head.tsx'
import { QueryRegion } from '../../components/ui/query-region.tsx'
import { formatExact, formatFormula, formatMoment, formatPayable, formatUnit } from '../../format.ts'
import type { AppRouter } from '../../server/trpc/router.ts'
import { useFrame } from '../frame/frame-context.tsx'
import { SpaceBar } from '../frame/space-bar.tsx'
import { useTRPC } from '../portal/trpc.ts'

type Definitions = inferRouterOutputs<AppRouter>['meters']['definitions']
type Row = Definitions['meters'][number]

/** What a space's usage is measured and billed by: what counts, its unit, its price and allowance, and since when. Read only. */
export function SpaceMeters() {
  const { space } = useFrame()
  const trpc = useTRPC()
  const query = useQuery(trpc.meters.definitions.queryOptions({ space: space.slug }))
  const zone = space.billingZone
  return (
    <>
      <SpaceBar place="Meters" />
      <main id="main" tabIndex={-1}>
        <PageHead
          title="Meters"
          sub={`what is counted and what it costs ${space.name} now; allowances are per app and month`}
        />
        <QueryRegion query={query} what="The meters" height={400}>
          {({ meters, currency, apps }) => (
            <DataTable
              name="Meters"
              rows={meters}
              rowKey={({ slug }) => slug}
              empty={<EmptyState title="No meter yet">Nothing is counted until the platform defines one.</EmptyState>}
              columns={[
                {
                  key: 'name',
                  head: 'Meter',
                  sortBy: ({ name }) => name,
                  cell: ({ name, slug }) => (
                    <span className="two anchor" id={slug}>
                      {name}
                      <br />
                      <span className="mono mut">{slug}</span>
                    </span>
                  ),
                },
                {
                  key: 'counts',
                  head: 'What counts',
                  isText: true,
                  cell: ({ version }) => (
                    <span className="two wide">
                      {version ? formatFormula(version.formula) : 'nothing yet'}
                      {version === null ? null : (
                        <>
                          {' '}
                          <span className="mut">
                            of <span className="mono">{version.eventType}</span>
                            {version.dimensions.length === 0 ? '' : `, by ${version.dimensions.join(', ')}`}
                          </span>
                        </>
                      )}
                    </span>
                  ),
                },
                {
                  key: 'unit',
                  head: 'Unit',
                  isText: true,
                  cell: ({ capability }) => (
                    <span className="anchor" id={capability.key}>
                      {capability.unit}
                    </span>
                  ),
                },
                {
                  key: 'price',
                  head: `Price, ${currency}`,
                  cell: (row) => <Price row={row} currency={currency} />,
                },
                {
                  key: 'allowance',
                  head: 'Allowance',
                  cell: ({ price }) => (price === null ? '' : formatExact(price.allowance)),
                },
                {
                  key: 'since',
                  head: 'Since',
                  isText: true,
                  cell: (row) => <Since row={row} zone={zone} currency={currency} />,
                },
                { key: 'apps', head: 'Apps', cell: ({ entitledApps }) => `${entitledApps} of ${apps}` },
              ]}
            />
          )}
        </QueryRegion>
      </main>
    </>
  )
}

function Price({ row: { price, capability }, currency }: { row: Row; currency: string }) {
  if (price === null) return <span className="mut">not charged</span>
  const per = `${price.per === '1' ? '' : `${formatExact(price.per)} `}${formatUnit(capability.unit, price.per)}`
  if (price.tiers !== null) {
    return (
      <span className="two">
        {price.tiers.tiers.map((tier, at) => (
          <span key={tier.upTo ?? 'rest'}>
            {at === 0 ? '' : '; '}
            {tier.upTo === null ? 'beyond' : `up to ${formatExact(tier.upTo)}`} {formatPayable(tier.price, currency)}
          </span>
        ))}{' '}
        per {per}
      </span>
    )
  }
  return (
    <>
      {formatPayable(price.price, currency)} <span className="un mut">a {per}</span>
    </>
  )
}

/** Since when it counts and costs what it does now, and all that was before or is ahead. */
function Since({ row, zone, currency }: { row: Row; zone: string; currency: string }) {
  const { version, price, versions, prices } = row
  if (version === null) return null
  const day = (instant: string) => formatMoment(instant, zone).split(',')[0]
  const since = day(later(version.since, price?.since))
  if (versions.length + prices.length < 3) return since
  return (
    <details className="history">
      <summary>
        {since}
        <span className="mut">
          , {versions.length === 1 ? '1 version' : `${versions.length} versions`},{' '}
          {prices.length === 1 ? '1 price' : `${prices.length} prices`}
        </span>
      </summary>
      <ul>
        {versions.map(({ number, formula, since: from }) => (
          <li key={number}>
            Version {number}, from {day(from)}: {formatFormula(formula)}
          </li>
        ))}
        {prices.map((each) => (
          <li key={each.since}>
            From {day(each.since)}
            {each.until === null ? '' : ` to ${day(each.until)}`}:{' '}
            {each.tiers === null ? formatPayable(each.price, currency) : 'in tiers'} {currency},{' '}
            {each.allowance === '0' ? 'nothing included' : `${formatExact(each.allowance)} included`}
          </li>
        ))}
      </ul>
    </details>
  )
}

function later(a: string, b: string | undefined): string {
  return b !== undefined && Date.parse(b) > Date.parse(a) ? b : a
}
