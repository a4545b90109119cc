import { describe, expect, test } from 'vitest'
import type { StoredCatalogue } from '../catalogue/index.ts'
import { CATALOGUE, identified, instant, RECEIVED_AT, type TestEvent, testProjector } from './test-journal.ts'

const projector = testProjector()

function project(more: Omit<TestEvent, 'batch' | 'pos'>, by = projector) {
  const { event, appId, receivedAt } = identified({ batch: 1n, pos: 0, ...more })
  return by.project({ event, appId, at: event.time ?? receivedAt, receivedAt })
}
const prompt = (data: NonNullable<TestEvent['data']> | null, more: Omit<TestEvent, 'batch' | 'pos'> = {}) =>
  project({ type: 'prompt', data, ...more })

describe('one event', () => {
  test('is recorded once by each meter in force, under the entitlement that let it', () => {
    expect(prompt({ tokens: 5, user: 'ann', model: 'm' })).toEqual({
      spaceId: 'second',
      reason: null,
      detail: '',
      records: [
        {
          meter: 'tokens',
          meterVersion: 1,
          isExempt: false,
          quantity: 5n * 10n ** 30n,
          uniqueValue: '',
          dimensions: [['model', 'm']],
          entitlementId: 'tokens-second',
        },
        {
          meter: 'users',
          meterVersion: 1,
          isExempt: false,
          quantity: 10n ** 30n,
          uniqueValue: 'ann',
          dimensions: [],
          entitlementId: 'users-second',
        },
      ],
    })
  })

  test('that one of two meters cannot measure is counted by the other, and the reason is kept beside it', () => {
    const counted = prompt({ tokens: 'many', user: 'ann' })
    expect(counted).toMatchObject({ reason: null, records: [{ meter: 'users' }] })
    expect(counted.detail).toBe('tokens: expected a number at $.tokens, found the text "many"')
    const other = prompt({ tokens: 5 })
    expect(other).toMatchObject({ reason: null, records: [{ meter: 'tokens' }] })
    expect(other.detail).toMatch(/^users: expected a value at \$\.user/)
  })

  test('that no meter can measure is held, and names every meter’s reason', () => {
    const held = prompt({ tokens: null })
    expect(held).toMatchObject({ reason: 'value_null', records: [] })
    expect(held.detail.split('\n').map((line) => line.split(':')[0])).toEqual(['tokens', 'users'])
  })

  test('of a type that no meter measures is held as unknown, naming the type', () => {
    expect(project({ type: 'unheard.of' })).toMatchObject({
      spaceId: 'second',
      reason: 'unknown_type',
      detail: expect.stringContaining('unheard.of'),
      records: [],
    })
  })

  test('without a right to any of its meters is held as not entitled, naming app, capability and instant', () => {
    const held = project({ type: 'secret' })
    expect(held).toMatchObject({ spaceId: 'second', reason: 'not_entitled', records: [] })
    expect(held.detail).toBe(
      'secrets: expected an entitlement of app app to secrets at 2026-07-01T12:00:00.000001Z, found none',
    )
    expect(project({ type: 'secret', time: instant('2026-06-30T23:59:59.999999Z') })).toMatchObject({
      spaceId: 'first',
      reason: null,
      records: [{ entitlementId: 'secrets-first' }],
    })
  })

  test('is counted by the meters it has a right to, when it has no right to the others', () => {
    const entitlements = CATALOGUE.entitlements.filter((row) => row.capabilityKey !== 'users')
    const result = project({ type: 'prompt', data: { tokens: 5, user: 'ann' } }, testProjector({ entitlements }))
    expect(result).toMatchObject({ reason: null, records: [{ meter: 'tokens' }] })
    expect(result.detail).toMatch(/^users: expected an entitlement/)
  })

  test('of an app that nobody owned then is held as unattributed, whatever else is wrong with it', () => {
    expect(project({ appId: 'free', type: 'unheard.of' })).toMatchObject({ spaceId: '', reason: 'unattributed' })
    expect(project({ time: instant('2019-12-31T23:59:59.999999Z') })).toMatchObject({
      spaceId: '',
      reason: 'unattributed',
    })
  })

  test('with an impossible time is held for that, in its space', () => {
    expect(project({ time: instant('2026-09-01T00:00:00Z') })).toMatchObject({
      spaceId: 'second',
      reason: 'time_in_future',
      records: [],
    })
    expect(project({ time: instant('1970-01-01T00:00:00Z') })).toMatchObject({ reason: 'time_too_old', records: [] })
  })

  test('of an exempt installation is recorded in full, and marked', () => {
    const [own] = project({ installation: 'own-site' }).records
    const [customer] = project({ installation: 'customer' }).records
    expect(own).toEqual({ ...customer, isExempt: true })
  })

  test('goes to the space of its own time, not to that of its receipt', () => {
    const before = project({ time: instant('2026-06-30T23:59:59.999999Z') })
    expect(before).toMatchObject({ spaceId: 'first', records: [{ entitlementId: 'requests-first' }] })
    expect(project({ time: instant('2026-07-01T00:00:00Z') })).toMatchObject({
      spaceId: 'second',
      records: [{ entitlementId: 'requests-second' }],
    })
  })

  test('is measured by the meter version in force at its time, old events by the old rule', () => {
    const [requests, secrets, tokens, users] = CATALOGUE.meters
    const old = tokens?.versions[0]
    if (!requests || !secrets || !tokens || !users || !old) throw new Error('expected the four meters')
    const versions = [old, { ...old, version: 2, from: '2026-07-01T12:00:00Z', value: { path: '$.total' } }]
    const meters: StoredCatalogue['meters'] = [requests, secrets, { ...tokens, versions }, users]
    const by = testProjector({ meters })
    const event = { type: 'prompt', data: { tokens: 1, total: 2 } }
    const [before] = project({ ...event, time: instant('2026-07-01T11:59:59.999999Z') }, by).records
    const [after] = project({ ...event, time: instant('2026-07-01T12:00:00Z') }, by).records
    expect([before?.meterVersion, before?.quantity]).toEqual([1, 10n ** 30n])
    expect([after?.meterVersion, after?.quantity]).toEqual([2, 2n * 10n ** 30n])
  })

  test('without a time happened when it was received', () => {
    const { event } = identified({ batch: 1n, pos: 0 })
    expect(projector.project({ event, appId: 'app', at: RECEIVED_AT, receivedAt: RECEIVED_AT }).reason).toBeNull()
  })
})
