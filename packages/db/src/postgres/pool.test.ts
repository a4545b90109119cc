import { createTestDatabase } from '@meterbook/stack/test-servers'
import { expect, test } from 'vitest'
import { createPool } from './pool.ts'

test('a server that dies in the middle of a transaction fails the transaction, not the process', async () => {
  const database = await createTestDatabase()
  const pool = createPool({ url: database.postgres.url, name: 'test' })
  try {
    const client = await pool.connect()
    await client.query('BEGIN')
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    // Between two statements, when nobody waits for an answer; an error that nobody listens for fails the test run.
    const ended = new Promise((resolve) => client.once('end', resolve))
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
    await ended
    await expect(client.query('COMMIT')).rejects.toThrow()
    client.release()
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  } finally {
    await pool.end()
    await database.drop()
  }
})
