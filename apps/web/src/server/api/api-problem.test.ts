import { createClickHouse } from '@meterbook/db/clickhouse'
import { queryMeter } from '@meterbook/db/clickhouse/usage-query'
import { expect, it } from 'vitest'
import { problemOf } from './api-problem.ts'

it('a store that is away is 503 with a time to come back, and nothing of its address', async () => {
  const client = createClickHouse('http://127.0.0.1:9/nowhere')
  const error = await queryMeter(client, {
    scope: { appIds: null, spaceId: null, environments: null },
    meter: { slug: 'requests', aggregation: 'COUNT', divisors: new Map([[1, '1']]) },
    from: 0n,
    to: 1n,
    windowSize: undefined,
    zone: 'UTC',
    subjects: undefined,
    isBySubject: false,
    groupBy: [],
    filters: [],
    through: 1n,
  }).catch((thrown: unknown) => thrown)
  const problem = problemOf(error)
  expect(problem).toMatchObject({ status: 503, headers: { 'Retry-After': 5 } })
  expect(JSON.stringify(problem)).not.toContain('127.0.0.1')
  await client.close()
})

it('what went wrong on our side is told without its inside', () => {
  const problem = problemOf(new Error('password=secret'))
  expect(problem.status).toBe(500)
  expect(JSON.stringify(problem)).not.toContain('secret')
})

it('a fault wrapped in another error is still a fault', () => {
  expect(problemOf(Object.assign(new Error('a store is away'), { code: 'unavailable' })).status).toBe(503)
  expect(problemOf(new Error('read failed', { cause: Object.assign(new Error('x'), { code: '57P01' }) })).status).toBe(
    503,
  )
})
