import type { Verdict } from '../projection/index.ts'

/** What a measuring fault says: `<meter>: expected a number at <path>, found <what>`. */
const FAULT = /^[^:]+: expected (?:a|one) (?:number|value) at (\S+), found (.*)$/s

/**
 * Why an event was not counted, in the words that clients of OpenMeter know, one line for each meter; null for one that counts. What they
 * have no words for is said in ours.
 */
export function validationError(event: { verdict: Verdict; reason: string; detail: string }): string | null {
  switch (event.verdict) {
    case 'counted':
      return null
    case 'duplicate':
      return 'the same source and id with the same content was taken before: it is counted once'
    case 'cancelled':
      return `cancelled: ${event.detail}`
    case 'dismissed':
      return `dismissed: ${event.detail}`
    case 'conflict':
      return event.detail
    default:
      return event.detail.split('\n').map(wordsOf).join('\n')
  }
}

function wordsOf(line: string): string {
  const [, path = '', found = ''] = FAULT.exec(line) ?? []
  if (found === '') return line
  if (found === 'no data') return 'invalid event: null and missing value property'
  if (found === 'none') return `invalid event: missing value property: ${JSON.stringify(path)}`
  if (found === 'null') return 'invalid event: value cannot be null'
  const text = /^the text (".*")$/s.exec(found)?.[1]
  if (text === undefined) return `invalid event: unsupported value property type: ${found}`
  const value = JSON.parse(text) as string
  if (value === 'NaN') return 'invalid event: value cannot be NaN'
  if (/^[+-]?Inf(inity)?$/.test(value)) return 'invalid event: value cannot be infinity'
  return `invalid event: value cannot be parsed as float64: ${value}`
}
