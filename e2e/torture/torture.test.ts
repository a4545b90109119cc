import { expect, test } from 'vitest'
import { PIPELINE_STEPS } from '../../workers/src/attribute/pipeline-steps.ts'
import { SETTLEMENT_STEPS } from '../../workers/src/settle/settlement-steps.ts'
import { type Blow, DOOR_STEPS, SETTLE_STEPS, WORKER_STEPS } from './blows.ts'
import { reportLines } from './report.ts'
import { torture } from './torture.ts'

const RUN_MS_MAX = 600_000

const STEPS = [...DOOR_STEPS, ...WORKER_STEPS, ...SETTLE_STEPS]

test('the torture run kills at every step that the pipeline and settlement have', () => {
  expect(WORKER_STEPS).toEqual(PIPELINE_STEPS)
  expect(SETTLE_STEPS).toEqual(SETTLEMENT_STEPS)
})

test(
  'whatever dies, every acknowledged event is in exactly one place, and every total and the ledger are the ground truth',
  async () => {
    const blows: Blow[] = [
      ...STEPS.map((step): Blow => ({ do: 'kill-at', step })),
      { do: 'flush' },
      { do: 'kill', victim: 'postgres' },
      { do: 'freeze-at', step: 'index-inserted' },
      { do: 'rebuild', killAfterMs: 1_500 },
      { do: 'kill', victim: 'clickhouse' },
      { do: 'kill', victim: 'redis' },
    ]
    const report = await torture({
      blows,
      seed: 'short',
      killsMin: 0,
      secondsMin: 0,
      senders: 4,
      eventsPerSecond: 300,
      isThorough: false,
      isKept: false,
      log: () => undefined,
    })
    const lines = reportLines(report).join('\n')
    expect(report.findings.count, lines).toBe(0)
    expect(report.toll, lines).toMatchObject({ missed: 0, frozen: 1, takenOver: 1, rebuilt: 1 })
    expect(report.kills, lines).toBe(STEPS.length + 3)
    expect(report.truth?.events.length ?? 0, lines).toBeGreaterThan(1_000)
    expect(report.ledger?.windows, lines).toBeGreaterThan(1_000)
    expect(report.ledger?.entries.get('adjustment'), lines).toBeGreaterThan(0)
  },
  RUN_MS_MAX,
)
