import { asOfCondition, type JournalPositions } from './usage-as-of.ts'

/** A condition on a text, one operator per object. LIKE patterns know % and _, and \ before either. Texts compare by bytes. */
export type TextCondition =
  | { $eq: string }
  | { $ne: string }
  | { $in: readonly string[] }
  | { $nin: readonly string[] }
  | { $like: string }
  | { $nlike: string }
  | { $ilike: string }
  | { $nilike: string }
  | { $gt: string }
  | { $gte: string }
  | { $lt: string }
  | { $lte: string }
  | { $and: readonly TextCondition[] }
  | { $or: readonly TextCondition[] }

/** On one dimension of usage, or one of COMMON; a missing dimension is the empty text. */
export interface DimensionFilter {
  dimension: string
  condition: TextCondition
}

/** Whose usage, and of which meter. Every statement over usage starts from this. */
export interface UsageScope {
  /** null: every app of the platform; only for keys of the platform itself */
  appIds: readonly string[] | null
  /** only what this space pays for; null: whoever pays */
  spaceId: string | null
  /** null: all of them */
  environments: readonly string[] | null
  /** as it stood then; left out: as it is */
  asOf?: JournalPositions | undefined
}

const COMPARISONS = {
  $eq: '=',
  $ne: '!=',
  $gt: '>',
  $gte: '>=',
  $lt: '<',
  $lte: '<=',
  $like: 'LIKE',
  $nlike: 'NOT LIKE',
  $ilike: 'ILIKE',
  $nilike: 'NOT ILIKE',
} as const

/** Bound parameters, named as they come: no text from outside ever becomes SQL. */
export interface Binder {
  params: Record<string, unknown>
  /** Binds a value and gives the placeholder to write in its place. */
  bind(value: unknown, type: string): string
}

export function createBinder(): Binder {
  const params: Record<string, unknown> = {}
  let bound = 0
  return {
    params,
    bind(value, type) {
      const name = `p${bound++}`
      params[name] = value
      return `{${name}:${type}}`
    },
  }
}

/** `series`: what decides which series are looked at at all; `space`: what decides which part of them is reported. */
export function scopeConditions(scope: UsageScope, binder: Binder): { series: string[]; space: string[] } {
  const state = scope.asOf && asOfCondition(scope.asOf)
  Object.assign(binder.params, state?.params)
  return {
    series: [
      ...(scope.appIds === null ? [] : [`u.app IN ${binder.bind(scope.appIds, 'Array(String)')}`]),
      ...(scope.environments === null ? [] : [`u.environment IN ${binder.bind(scope.environments, 'Array(String)')}`]),
      ...(state ? [state.condition] : []),
    ],
    space: scope.spaceId === null ? [] : [`u.space = ${binder.bind(scope.spaceId, 'String')}`],
  }
}

export function dimensionConditions(filters: readonly DimensionFilter[], binder: Binder): string[] {
  return filters.map(({ dimension, condition }) => conditionOn(dimensionColumn(dimension, binder), condition, binder))
}

/** What every record has beside the dimensions of its meter; the sign keeps them apart, for no dimension begins with it. As texts. */
const COMMON: Readonly<Record<string, string>> = {
  '@environment': 'toString(u.environment)',
  '@installation': 'u.installation',
  '@subject': 'u.subject',
  '@exempt': 'toString(u.exempt)',
}

/** Those of them that rollups have, too. */
export const ROLLED_UP: readonly string[] = ['@environment', '@exempt']

export function dimensionColumn(dimension: string, binder: Binder): string {
  const common = COMMON[dimension]
  if (common !== undefined) return common
  return `u.dims[${binder.bind(dimension, 'String')}]`
}

function conditionOn(column: string, condition: TextCondition, binder: Binder): string {
  if ('$and' in condition) return joined(column, condition.$and, 'AND', binder)
  if ('$or' in condition) return joined(column, condition.$or, 'OR', binder)
  if ('$in' in condition) return `${column} IN ${binder.bind(condition.$in, 'Array(String)')}`
  if ('$nin' in condition) return `${column} NOT IN ${binder.bind(condition.$nin, 'Array(String)')}`
  const [operator, text] = Object.entries(condition)[0] as [keyof typeof COMPARISONS, string]
  const comparison = COMPARISONS[operator]
  if (comparison === undefined) throw new RangeError(`Unknown operator ${operator}`)
  return `${column} ${comparison} ${binder.bind(text, 'String')}`
}

function joined(column: string, conditions: readonly TextCondition[], word: 'AND' | 'OR', binder: Binder): string {
  // an empty AND holds for all, an empty OR for none
  if (conditions.length === 0) return word === 'AND' ? 'true' : 'false'
  return `(${conditions.map((condition) => conditionOn(column, condition, binder)).join(` ${word} `)})`
}
