import type { PortalMeter } from '@meterbook/db/postgres/portal'
import type { ExploreDimension } from '../../features/explore/explore-view.ts'
import type { Dimension } from '../../features/usage/usage-filter.ts'
import { BY_MAX } from '../../features/usage/view-address.ts'

const NAMES: Partial<Record<Dimension, string>> = {
  app: 'App',
  environment: 'Environment',
  installation: 'Installation',
  subject: 'Subject',
  capability: 'Capability',
}

type Value = { key: string; name: string }

/** What usage of a meter may be split and narrowed by. */
export function usageDimensions(input: {
  meter: PortalMeter
  apps: Value[]
  environments: string[]
}): ExploreDimension[] {
  const { meter, apps, environments } = input
  return [
    named('app', apps),
    named(
      'environment',
      environments.map((key) => ({ key, name: key })),
    ),
    named('installation', []),
    named('subject', []),
    ...meter.dimensions.map((name) => ({ key: `d.${name}` as Dimension, name, values: [] })),
  ]
}

/** What money may be: the ledger tells neither installations nor a meter's own dimensions apart. */
export function costDimensions(input: {
  apps: Value[]
  capabilities: Value[]
  environments: Value[]
}): ExploreDimension[] {
  return [named('app', input.apps), named('capability', input.capabilities), named('environment', input.environments)]
}

function named(key: Dimension, values: Value[]): ExploreDimension {
  return { key, name: NAMES[key] ?? key, values }
}

/** The levels asked for, of those there are; each once. */
export function levelsOf(by: readonly Dimension[], dimensions: readonly ExploreDimension[]): Dimension[] {
  const known = new Set(dimensions.map(({ key }) => key))
  return [...new Set(by)].filter((dimension) => known.has(dimension)).slice(0, BY_MAX)
}
