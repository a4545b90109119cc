// Meters: definitions that are looked at, drafted, tried on real events and versioned.
// Promises: form and JSON are the same draft under the same schema; nothing is saved that was not tried as it is.
// Does not know: how an event is measured; the server tries a draft by the code that counts.
import { MeterVersionDraft, type ValueRule } from '@meterbook/core/catalogue'
import type { z } from 'zod'
import { typedMoment } from '../catalogue/typed-moment.ts'

export type VersionInput = z.input<typeof MeterVersionDraft>

/** A version as the fields of the form hold it. `rule`, `dataSchema`: JSON; `groupBy`: a line for each dimension, `model = $.model`. */
export type VersionForm = {
  effectiveFrom: string
  eventType: string
  aggregation: string
  percentile: string
  path: string
  rule: string
  divisor: string
  groupBy: string
  subjectRequired: boolean
  dataSchema: string
}

export const EMPTY_FORM: VersionForm = {
  ...{ effectiveFrom: '', eventType: '', aggregation: 'SUM', percentile: '', path: '', rule: '', divisor: '1' },
  ...{ groupBy: '', subjectRequired: false, dataSchema: '' },
}

export type DraftFaults = Partial<Record<keyof VersionForm, string>>
export type DraftResult = { ok: true; input: VersionInput } | { ok: false; faults: DraftFaults }

/** The draft that a form is, or what is wrong with it, by field. */
export function draftOfForm(form: VersionForm): DraftResult {
  const faults: DraftFaults = {}
  const jsonOf = (name: 'rule' | 'dataSchema'): unknown => {
    if (form[name].trim() === '') return null
    try {
      return JSON.parse(form[name]) as unknown
    } catch (error) {
      faults[name] = `expected JSON: ${(error as Error).message}`
      return null
    }
  }
  const rule = jsonOf('rule')
  const value = rule ?? (form.path.trim() === '' ? null : { path: form.path.trim() })
  const groupBy = groupByOf(form.groupBy, faults)
  const dataSchema = jsonOf('dataSchema')
  const input = {
    ...{ effectiveFrom: typedMoment(form.effectiveFrom), eventType: form.eventType, aggregation: form.aggregation },
    ...{ percentile: form.percentile.trim() || null, value: form.aggregation === 'COUNT' ? null : value },
    ...{ divisor: form.divisor.trim() || '1', groupBy, subjectRequired: form.subjectRequired, dataSchema },
  }
  const result = MeterVersionDraft.safeParse(input)
  if (!result.success) {
    for (const { path, message } of result.error.issues) {
      const name = path[0] === 'value' ? (rule === null ? 'path' : 'rule') : (path[0] as keyof VersionForm)
      faults[name] ??= message
    }
  }
  return Object.keys(faults).length > 0 ? { ok: false, faults } : { ok: true, input: input as VersionInput }
}

/** The same draft as the fields hold it. */
export function formOfDraft(input: VersionInput): VersionForm {
  const value = (input.value ?? null) as ValueRule | null
  const isPath = value !== null && 'path' in value && Object.keys(value).length === 1
  return {
    ...{ effectiveFrom: input.effectiveFrom, eventType: input.eventType, aggregation: input.aggregation },
    percentile: input.percentile ?? '',
    path: isPath ? value.path : '',
    rule: value === null || isPath ? '' : JSON.stringify(value, null, 2),
    divisor: input.divisor ?? '1',
    groupBy: Object.entries(input.groupBy ?? {})
      .map(([name, path]) => `${name} = ${path}`)
      .join('\n'),
    subjectRequired: input.subjectRequired ?? false,
    dataSchema: input.dataSchema ? JSON.stringify(input.dataSchema, null, 2) : '',
  }
}

/** Reads a draft that was written as JSON; a word of what is wrong, with its place. */
export function draftOfJson(text: string): { ok: true; input: VersionInput } | { ok: false; fault: string } {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (error) {
    return { ok: false, fault: `expected JSON: ${(error as Error).message}` }
  }
  const result = MeterVersionDraft.safeParse(input)
  if (result.success) return { ok: true, input: input as VersionInput }
  const [issue] = result.error.issues
  return { ok: false, fault: `${issue?.path.join('.') || 'the draft'}: ${issue?.message ?? 'is not one'}` }
}

function groupByOf(text: string, faults: DraftFaults): Record<string, string> {
  const pairs: [string, string][] = []
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const at = line.indexOf('=')
    const name = line.slice(0, at).trim()
    if (at < 0 || name === '') {
      faults.groupBy = `expected a line such as model = $.model, found “${line.trim().slice(0, 60)}”`
      continue
    }
    if (pairs.some(([known]) => known === name)) faults.groupBy = `expected each dimension once, found ${name} twice`
    pairs.push([name, line.slice(at + 1).trim()])
  }
  return Object.fromEntries(pairs)
}
