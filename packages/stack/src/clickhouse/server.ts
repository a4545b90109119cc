import fs from 'node:fs'
import path from 'node:path'
import { StackFault } from '../fault.ts'
import type { Secrets } from '../secrets.ts'
import { type SupervisedServer, superviseServer } from '../supervised-server.ts'
import { appUser, writeConfig } from './config.ts'
import { clickhouseLibrary } from './library.ts'

const answerMs = 2_000

/** The embedded ClickHouse and its URL for the app: `http://user:password@host:port/meterbook`. */
export interface EmbeddedClickhouse {
  server: SupervisedServer
  url: string
}

/** Starts ClickHouse 26 on data under `<home>/clickhouse`, with the database `meterbook` in place. */
export async function startClickhouse(options: {
  home: string
  runDir: string
  secrets: Secrets
  log: (line: string) => void
}): Promise<EmbeddedClickhouse> {
  const { home, runDir, secrets, log } = options
  const library = clickhouseLibrary()
  const dir = path.join(home, 'clickhouse')
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 })
  const configFile = writeConfig({
    configDir: path.join(runDir, 'clickhouse-config'),
    logFile: path.join(home, 'logs', 'clickhouse-server.log'),
    password: secrets.clickhouse,
  })
  const scratchDir = path.join(runDir, 'clickhouse')
  const server = await superviseServer(
    {
      name: 'clickhouse',
      dir,
      logFile: path.join(home, 'logs', 'clickhouse.log'),
      command: (port) => ({
        file: process.execPath,
        args: [path.join(import.meta.dirname, 'serve.ts'), library, dir, scratchDir, String(port), configFile],
      }),
      answers: (port) => isOurs(port, secrets.clickhouse),
      stopSignals: ['SIGTERM', 'SIGKILL'],
      remedy: 'or set CLICKHOUSE_URL (http://user:password@host:8123/meterbook) to a ClickHouse 26 server',
    },
    { runDir, log },
  )
  try {
    await query(server.port, secrets.clickhouse, 'CREATE DATABASE IF NOT EXISTS meterbook')
  } catch (error) {
    await server.stop()
    throw error
  }
  return { server, url: `http://${appUser}:${secrets.clickhouse}@127.0.0.1:${server.port}/meterbook` }
}

async function isOurs(port: number, password: string): Promise<boolean> {
  try {
    await query(port, password, 'SELECT 1')
    return true
  } catch {
    return false // no answer, or not to our password
  }
}

async function query(port: number, password: string, sql: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: sql,
    // The connection is closed after each: an idle one kept open makes ClickHouse wait five seconds when it stops.
    headers: {
      connection: 'close',
      authorization: `Basic ${Buffer.from(`${appUser}:${password}`).toString('base64')}`,
    },
    signal: AbortSignal.timeout(answerMs),
  })
  const text = await answer.text()
  if (!answer.ok)
    throw new StackFault(`ClickHouse answered ${answer.status} to ${sql.split(' ')[0]}: ${text.slice(0, 300).trim()}`)
  return text
}
