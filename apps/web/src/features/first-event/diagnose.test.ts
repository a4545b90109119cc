import { describe, expect, it } from 'vitest'
import { diagnose } from './diagnose.ts'
import type { FirstEventView, WatchedKey } from './first-event-view.ts'

const KEY: WatchedKey = {
  app: 'tide-desk',
  shown: 'mbk_abcd_…',
  state: 'active',
  purpose: 'send',
  eventTypes: [],
  environments: [],
  createdAt: '2026-11-22T10:00:00Z',
  lastUsedAt: null,
}
const view = (patch: Partial<FirstEventView>): FirstEventView => ({
  asOf: '2026-11-22T10:05:00Z',
  lagMs: 0,
  apps: [{ slug: 'tide-desk', name: 'Tide Desk', series: 1 }],
  keys: [KEY],
  counted: 0,
  outcomes: [],
  minutes: [],
  ...patch,
})
const said = (patch: Partial<FirstEventView>) =>
  diagnose(view(patch), 'UTC').map(({ tone, title, text }) => `${tone}: ${title}. ${text}`)

describe('waiting for the first event', () => {
  it('a key that was never used means that nothing came, and says what a 401 would mean', () => {
    expect(said({})).toEqual([expect.stringMatching(/^waiting: Waiting for your event.*401/)])
  })
  it('a key that was used without any event means that what it sent was refused, and its limits are named', () => {
    const used = { ...KEY, lastUsedAt: '2026-11-22T10:04:30Z', eventTypes: ['prompt'] }
    expect(said({ keys: [used] })).toEqual([
      expect.stringMatching(/^wrong: A request came at 10:04:30.*only prompt.*403/),
    ])
  })
  it('a held event is named by its reason, with what would cure it', () => {
    const outcomes = [{ verdict: 'quarantined', reason: 'unknown_type', events: 1, last: '', cure: 'Define a meter.' }]
    expect(said({ outcomes })).toEqual(['wrong: An event came and is held: unknown type. Define a meter.'])
  })
  it('keys that cannot send are named before anybody sends with them', () => {
    expect(said({ keys: [{ ...KEY, purpose: 'read' }] })[0]).toMatch(/cannot send usage.*403/)
    expect(said({ keys: [{ ...KEY, state: 'revoked' }] })[0]).toMatch(/is revoked.*401/)
    expect(said({ keys: [{ ...KEY, state: 'revoked' }, KEY] })[0]).toMatch(/^waiting: Waiting/)
  })
  it('a pipeline that is behind is not taken for an event that did not come', () => {
    expect(said({ lagMs: 60_000 })[0]).toMatch(/^waiting: Counting is behind/)
  })
  it('one counted event ends the waiting, whatever else is held', () => {
    const outcomes = [{ verdict: 'quarantined', reason: 'unknown_type', events: 3, last: '', cure: null }]
    expect(said({ counted: 1, outcomes })).toEqual([expect.stringMatching(/^good: /)])
  })
})
