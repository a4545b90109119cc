import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { StackFault } from './fault.ts'
import { readJson, writePrivate } from './private-file.ts'

const names = ['postgresSuperuser', 'postgresOwner', 'postgresApp', 'clickhouse', 'redis', 'auth'] as const

/** The passwords of the embedded servers and the key that signs sessions: 256 bits each, as base64url. */
export type Secrets = Record<(typeof names)[number], string>

/**
 * The secrets of a home, made on first use and kept in `<home>/secrets.json` (0600). A secret that a later version adds
 * is added to the file; those already there never change, because the servers' data were made with them.
 */
export function loadSecrets(home: string): Secrets {
  const file = path.join(home, 'secrets.json')
  const known = readKnown(file)
  const secrets = Object.fromEntries(names.map((name) => [name, known[name] ?? generate()])) as Secrets
  if (names.some((name) => known[name] === undefined)) writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}

function readKnown(file: string): Partial<Secrets> {
  const found = readJson(file) ?? {}
  if (typeof found !== 'object' || found === null || Object.values(found).some((value) => typeof value !== 'string'))
    throw new StackFault(
      `${file} is not a list of secrets: restore it from a copy, or remove the whole home to begin anew`,
    )
  return found
}

function generate(): string {
  return randomBytes(32).toString('base64url')
}
