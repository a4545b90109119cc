import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPool, type Pool } from '@meterbook/db/postgres'
import { createTestDatabase, type TestDatabase } from '@meterbook/stack/test-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBoardHandler } from './board.ts'
import { BOARD_PATH } from './board-path.ts'

let database: TestDatabase
let pool: Pool
let server: Server
let origin: string
beforeAll(async () => {
  database = await createTestDatabase({ migrate: true })
  pool = createPool({ url: database.postgres.url, name: 'test' })
  await pool.query('INSERT INTO journal_head (shard) VALUES (3)')
  const handle = createBoardHandler({ pool, redisUrl: database.redis.url, isHttps: false })
  server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.close()
  await pool.end()
  await database.drop()
})

describe('the board of the queues', () => {
  it('asks nothing of another origin, and every style and script of it carries the policy’s leave', async () => {
    const answer = await fetch(origin + BOARD_PATH)
    const page = await answer.text()
    const policy = answer.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
    expect(answer.status).toBe(200)
    expect(page).not.toMatch(/(?:href|src)="https?:/)
    expect([...page.matchAll(/<style[^>]*>/g)].map(([tag]) => tag)).toEqual([`<style nonce="${nonce}">`])
    expect(policy).toContain("base-uri 'self'")
    expect(policy).toContain("default-src 'none'")
    const scripts = [...page.matchAll(/<script defer src="([^"]+)"/g)].map(([, src]) => src)
    expect(scripts.length).toBeGreaterThan(0)
    for (const src of scripts) expect((await fetch(`${origin}${BOARD_PATH}/${src}`)).status).toBe(200)
  })

  it('tells the queues of the shards, and lets nobody change one', async () => {
    const answer = await fetch(`${origin}${BOARD_PATH}/api/queues`)
    const { queues } = (await answer.json()) as { queues: { name: string; readOnlyMode: boolean }[] }
    expect(queues.map(({ name }) => name)).toContain('project-3')
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true)
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) {
      expect((await fetch(`${origin}${BOARD_PATH}/api/queues/project-3/pause`, { method })).status).toBe(405)
    }
  })
})
