import type { KeyHolder } from '@meterbook/core/event'
import { expect, test } from 'vitest'
import { IngestQuota } from './ingest-quota.ts'

const key = { keyId: 'k', eventsPerSecond: 1, requestsPerSecond: null } as KeyHolder

test('several web processes together let a key send no more than one would', async () => {
  const processes = [new IngestQuota(1_000_000, 2), new IngestQuota(1_000_000, 2)]
  let taken = 0
  for (const quota of processes) {
    for (let event = 0; event < 60; event++) if ((await quota.consume(key, 1)).ok) taken++
  }
  expect(taken).toBe(60)
})
