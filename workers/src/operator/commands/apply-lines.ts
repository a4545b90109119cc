import { type CataloguePlan, instantOf, type PlanStep } from '@meterbook/core/catalogue-file'
import type { Instant } from '@meterbook/core/kernel'

const UNLISTED_NAMED = 10
/** Of these a beginning or an end in the past alters what was measured or priced already. */
const DATED: readonly PlanStep['kind'][] = [
  'meter version',
  'price',
  'subscription',
  'term',
  'owner',
  'installation',
  'entitlement',
]

/** A plan in words, a line for each step; `now`: to tell what alters the past. */
export function planLines(plan: Extract<CataloguePlan, { ok: true }>, now: Instant): string[] {
  const { steps, unchanged, unlisted } = plan
  const created = steps.filter(({ op }) => op === 'create').length
  const lines = steps.flatMap(stepLines)
  const named = unlisted.slice(0, UNLISTED_NAMED).map(({ kind, key }) => `${kind} ${key}`)
  const more = unlisted.length > UNLISTED_NAMED ? ` and ${unlisted.length - UNLISTED_NAMED} more` : ''
  const past = steps.filter((step) => altersPast(step, now)).length
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    ...(unlisted.length > 0 ? [`not in the file, and left as it is: ${named.join(', ')}${more}`] : []),
    ...(past > 0
      ? [
          `${past} of these alter the past. Prices apply to all of it at once; usage that was counted keeps its space and meter until it is re-attributed.`,
        ]
      : []),
    `${created} to make, ${steps.length - created} to change, ${unchanged} unchanged`,
  ]
}

function stepLines({ op, kind, key, before, after, changed }: PlanStep): string[] {
  if (op === 'create') return [`+ ${kind} ${key}`, ...(kind === 'entitlement' ? [] : membersOf(after, key))]
  return [
    `~ ${kind} ${key}`,
    ...changed.map((member) => `    ${member}: ${text(before?.[member])} → ${text(after[member])}`),
  ]
}

/** What its key does not say already. */
function membersOf(after: PlanStep['after'], key: string): string[] {
  const words = new Set(key.split(' '))
  return Object.entries(after)
    .filter(([, value]) => value !== null && !(typeof value === 'string' && words.has(value)))
    .map(([member, value]) => `    ${member}: ${text(value)}`)
}

function text(value: unknown): string {
  return value === null || value === undefined ? 'none' : JSON.stringify(value)
}

function altersPast({ kind, op, before, after }: PlanStep, now: Instant): boolean {
  if (!DATED.includes(kind)) return false
  const moments = op === 'create' ? [after.from] : [before?.to, after.to]
  return moments.some((moment) => typeof moment === 'string' && instantOf(moment) < now)
}
