import { expect, test } from 'vitest'
import { draftOfForm, draftOfJson, EMPTY_FORM, formOfDraft, type VersionForm } from './meter-draft-form.ts'

const form = (over: Partial<VersionForm> = {}): VersionForm => ({
  ...EMPTY_FORM,
  ...{ effectiveFrom: '2026-12-01', eventType: 'prompt', path: '$.tokens', groupBy: 'model = $.model\n\n type=$.type' },
  ...over,
})

test('form and JSON are one draft: whichever way it goes, it comes back the same', () => {
  const drafts = [
    form(),
    form({ aggregation: 'COUNT' }),
    form({ path: '', rule: '{"product":[{"path":"$.a"},{"path":"$.b","default":"1"}]}', divisor: '1024' }),
    form({ aggregation: 'PERCENTILE', percentile: '0.95', dataSchema: '{"type":"object"}' }),
  ]
  for (const each of drafts) {
    const draft = draftOfForm(each)
    if (!draft.ok) throw new Error(JSON.stringify(draft.faults))
    expect(draftOfForm(formOfDraft(draft.input))).toEqual(draft)
    expect(draftOfJson(JSON.stringify(draft.input))).toEqual(draft)
  }
})

test('what is wrong is told at its field, in words that say what was expected', () => {
  const faults = (over: Partial<VersionForm>) => {
    const draft = draftOfForm(form(over))
    return draft.ok ? [] : Object.keys(draft.faults)
  }
  expect(faults({ effectiveFrom: 'soon' })).toEqual(['effectiveFrom'])
  expect(faults({ path: '' })).toEqual(['path'])
  expect(faults({ path: 'tokens' })).toEqual(['path'])
  expect(faults({ rule: '{' })).toEqual(['rule'])
  expect(faults({ rule: '{"sum":[]}' })).toEqual(['rule'])
  expect(faults({ groupBy: 'model' })).toEqual(['groupBy'])
  expect(faults({ groupBy: 'a=$.a\na=$.b' })).toEqual(['groupBy'])
  expect(faults({ dataSchema: '[' })).toEqual(['dataSchema'])
  expect(faults({ divisor: '0' })).toEqual(['divisor'])
  expect(draftOfJson('{"eventType":"e"}')).toMatchObject({ ok: false, fault: expect.stringContaining('effectiveFrom') })
})
