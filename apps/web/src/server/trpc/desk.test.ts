import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Caller, type CallerTestDatabase, createCallerTestDatabase, prompt } from './caller-on-test-database.ts'

let database: CallerTestDatabase
let platform: Caller
beforeAll(async () => {
  database = await createCallerTestDatabase()
  platform = await database.callerOf({ isPlatformAdmin: true })
})
afterAll(() => database.drop())

describe('the desk', () => {
  it('is for those who run the platform only', async () => {
    const admin = await database.callerOf({ space: 'ours', role: 'admin' })
    for (const ask of [
      () => admin.desk.overview(),
      () => admin.desk.periods({}),
      () => admin.desk.closePeriod({ space: 'ours', month: '2026-07', waive: null }),
      () => admin.desk.reconciliation(),
      () => admin.desk.pipeline(),
      () => admin.desk.queues(),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'FORBIDDEN' })
      await expect(database.stranger.desk.overview()).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    }
  })

  it('shows what is held by reason, and a shard with nothing waiting once it is worked on', async () => {
    await database.taken('one', prompt('d1', { tokens: 1 }), prompt('d2', {}))
    const desk = await platform.desk.overview()
    expect(desk.held).toMatchObject([{ verdict: 'quarantined', reason: 'value_missing', events: 1 }])
    expect(desk).toMatchObject({ openIncidents: 0, proposals: 0, lagMs: 0, waitingEvents: '0' })
    const pipeline = await platform.desk.pipeline()
    expect(pipeline.shards.some(({ groupsOpen, watermark }) => groupsOpen === 0 && watermark !== null)).toBe(true)
    expect(await platform.desk.reconciliation()).toMatchObject({ openIncidents: 0, incidents: [] })
  })

  it('does not close a month that is not settled, and says why; nothing of it is in the log', async () => {
    await expect(
      platform.desk.closePeriod({ space: 'ours', month: '2026-07', waive: 'we want to' }),
    ).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('settled'),
    })
    await expect(platform.desk.closePeriod({ space: 'nobody', month: '2026-07', waive: null })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const { entries } = await platform.audit.list({ question: { act: 'statement.' } })
    expect(entries).toEqual([])
  })
})
