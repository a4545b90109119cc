import type { MeterVersionFacts } from './catalogue-document.ts'
import type { ValueRule } from './value-rule.ts'

type Formula = Pick<MeterVersionFacts, 'aggregation' | 'value' | 'divisor' | 'percentile'>

/** What a meter version counts, as a person would write it: `sum of memoryMiB (or 512) × durationMs, ÷ 1024000`. */
export function formulaText({ aggregation, value, divisor, percentile }: Formula): string {
  const of = value === null ? '1' : ruleText(value)
  const unit = divisor === '1' ? '' : `, ÷ ${divisor}`
  switch (aggregation) {
    case 'COUNT':
      return `number of events${unit}`
    case 'UNIQUE_COUNT':
      return `number of different ${of}`
    case 'SUM':
      return `sum of ${of}${unit}`
    case 'AVG':
      return `average of ${of}${unit}`
    case 'MIN':
      return `lowest ${of}${unit}`
    case 'MAX':
      return `highest ${of}${unit}`
    case 'LATEST':
      return `latest ${of}${unit}`
    case 'PERCENTILE':
      return `${percentile ?? ''} percentile of ${of}${unit}`
    case 'TIME_WEIGHTED':
      return `${of} × hours it lasts, for each subject${unit}`
  }
}

function ruleText(rule: ValueRule): string {
  if ('constant' in rule) return rule.constant
  if ('product' in rule) return rule.product.map(factorText).join(' × ')
  if ('sum' in rule) return rule.sum.map(ruleText).join(' + ')
  if ('min' in rule) return `lowest of (${rule.min.map(ruleText).join(', ')})`
  if ('max' in rule) return `highest of (${rule.max.map(ruleText).join(', ')})`
  if ('when' in rule) {
    const { when, then, otherwise } = rule
    return `(${ruleText(then)} where ${memberText(when.path)} is ${when.in.join(' or ')}, else ${ruleText(otherwise)})`
  }
  const stand = rule.orElse
    ? ` (or ${ruleText(rule.orElse)})`
    : rule.default === undefined
      ? ''
      : ` (or ${rule.default})`
  const zero = rule.zeroAs === undefined ? '' : ` (0 as ${rule.zeroAs})`
  return `${memberText(rule.path)}${stand}${zero}`
}

function factorText(rule: ValueRule): string {
  return 'sum' in rule ? `(${ruleText(rule)})` : ruleText(rule)
}

function memberText(path: string): string {
  return path.startsWith('$.') ? path.slice(2) : path
}
