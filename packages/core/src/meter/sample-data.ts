import { jsonPathOf, type MeterVersionFacts, type ValueRule } from '../catalogue/index.ts'

type Sample = { [name: string]: Sample | string | number }
type Measuring = Pick<MeterVersionFacts, 'aggregation' | 'value' | 'groupBy'>

/** Something that each of these meters can read a value from, for people to start from. Object members only: a path into an array is left out. */
export function sampleData(versions: readonly Measuring[]): Sample {
  const data: Sample = {}
  for (const { aggregation, value } of versions) {
    if (value !== null) fillValue(data, value, aggregation === 'UNIQUE_COUNT' ? 'example' : 1)
  }
  for (const { groupBy } of versions) for (const path of Object.values(groupBy)) fill(data, path, 'example')
  return data
}

function fillValue(data: Sample, rule: ValueRule, sample: string | number): void {
  if ('path' in rule) fill(data, rule.path, sample)
  else if ('when' in rule) {
    fill(data, rule.when.path, 'ok')
    fillValue(data, rule.then, sample)
    fillValue(data, rule.otherwise, sample)
  } else if (!('constant' in rule)) {
    const parts = 'product' in rule ? rule.product : 'sum' in rule ? rule.sum : 'min' in rule ? rule.min : rule.max
    for (const part of parts) fillValue(data, part, sample)
  }
}

function fill(data: Sample, path: string, sample: string | number): void {
  const steps = jsonPathOf(path)
  if (steps === null || steps.some((step) => typeof step === 'number' || step === '__proto__')) return
  let at = data
  for (const step of steps.slice(0, -1)) {
    const below = Object.hasOwn(at, step) ? at[step] : undefined
    if (below !== undefined && typeof below !== 'object') return
    const next: Sample = below ?? {}
    at[step] = next
    at = next
  }
  const last = steps.at(-1) ?? ''
  if (!Object.hasOwn(at, last)) at[last] = sample
}
