/**
 * What usage may be split and narrowed by. `d.<name>` is a dimension of a meter's own; the prefix keeps it apart from the others, whatever the meter
 * calls it.
 */
export const DIMENSIONS = ['app', 'meter', 'capability', 'environment', 'installation', 'subject', 'source'] as const
export type Dimension = (typeof DIMENSIONS)[number] | `d.${string}`

export const OPERATORS = ['in', 'not'] as const
export type FilterOperator = (typeof OPERATORS)[number]

/** Usage whose `dimension` is one of `values`, or none of them. At least one value; the empty text is usage that does not name the dimension. */
export type UsageFilter = { dimension: Dimension; operator: FilterOperator; values: string[] }

export const FILTERS_MAX = 10
export const FILTER_VALUES_MAX = 50
export const FILTER_VALUE_CHARS_MAX = 200
const OWN = /^d\.[\w.-]{1,64}$/

export function readDimension(text: string): Dimension | null {
  return DIMENSIONS.find((dimension) => dimension === text) ?? (OWN.test(text) ? (text as Dimension) : null)
}

/** `app:in:a,b`. A comma or a percent sign within a value is written as `%2C` or `%25`. */
export function writeFilter({ dimension, operator, values }: UsageFilter): string {
  const written = values.map((value) => value.replaceAll('%', '%25').replaceAll(',', '%2C'))
  return `${dimension}:${operator}:${written.join(',')}`
}

/** Null where the text is no filter, or one beyond the bounds. */
export function readFilter(text: string): UsageFilter | null {
  const [, name = '', asked = '', list = ''] = /^([^:]*):([^:]*):(.*)$/s.exec(text) ?? []
  const dimension = readDimension(name)
  const operator = OPERATORS.find((option) => option === asked)
  if (!dimension || !operator) return null
  const values = list.split(',').map((value) => value.replaceAll('%2C', ',').replaceAll('%25', '%'))
  if (values.length > FILTER_VALUES_MAX || values.some((value) => value.length > FILTER_VALUE_CHARS_MAX)) return null
  return { dimension, operator, values: [...new Set(values)] }
}

/** The filters with those on one dimension replaced by another, or taken away. */
export function replaced(
  filters: readonly UsageFilter[],
  dimension: Dimension,
  by: Omit<UsageFilter, 'dimension'> | null,
): UsageFilter[] {
  const others = filters.filter((filter) => filter.dimension !== dimension)
  return by && by.values.length > 0 ? [...others, { dimension, ...by }] : others
}

/** The values of a dimension that the filters let through, of those there are. */
export function admitted(filters: readonly UsageFilter[], dimension: Dimension, values: readonly string[]): string[] {
  const of = filters.filter((filter) => filter.dimension === dimension)
  return values.filter((value) => of.every((filter) => filter.values.includes(value) === (filter.operator === 'in')))
}
