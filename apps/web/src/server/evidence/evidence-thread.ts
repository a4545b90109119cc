// The thread in which evidence is made: reads its task, answers once, and ends.
import { parentPort, workerData } from 'node:worker_threads'
import { createClickHouse } from '@meterbook/db/clickhouse'
import { createPool } from '@meterbook/db/postgres'
import { type EvidenceTask, makeEvidence } from './make-evidence.ts'

const { databaseUrl, clickhouseUrl, asked, nowMicros } = workerData as EvidenceTask
const pool = createPool({ url: databaseUrl, connectionsMax: 2, name: 'meterbook-evidence' })
const clickhouse = createClickHouse(clickhouseUrl)
try {
  parentPort?.postMessage(await makeEvidence({ pool, clickhouse }, asked, nowMicros))
} finally {
  await Promise.all([pool.end(), clickhouse.close()])
}
