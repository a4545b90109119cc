import type { FilterChoice } from './filter-button.tsx'

/** Apps and environments as what a page can be filtered by. */
export function filterChoices(of: {
  apps?: readonly { slug: string; name: string }[]
  environments: readonly string[]
}): FilterChoice[] {
  const environments = of.environments.map((key) => ({ value: key, name: key }))
  const apps = of.apps?.map(({ slug, name }) => ({ value: slug, name }))
  return [
    ...(apps ? [{ dimension: 'app' as const, name: 'App', values: apps }] : []),
    { dimension: 'environment' as const, name: 'Environment', values: environments },
  ]
}
