import { admitted, type UsageFilter } from '../../features/usage/usage-filter.ts'

/** Whether the filters let an environment through; undefined where they say nothing of it. Events may name one that no catalogue knows. */
export function environmentOf(filters: readonly UsageFilter[]): ((environment: string) => boolean) | undefined {
  if (!filters.some(({ dimension }) => dimension === 'environment')) return undefined
  return (environment) => admitted(filters, 'environment', [environment]).length > 0
}
