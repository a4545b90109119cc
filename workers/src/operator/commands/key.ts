import { TEST_WRITE_SCOPE, USAGE_READ_SCOPE, USAGE_WRITE_SCOPE } from '@meterbook/core/event'
import {
  appendAudit,
  findApp,
  findOwningSpace,
  inTransaction,
  issueKey,
  type KeyTerms,
  type StoredKey,
} from '@meterbook/db/postgres'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'

const ACTOR = 'operator'
const NAME_DEFAULT = 'Made by the operator'
const NAME_LENGTH_MAX = 100
const PER_SECOND_MAX = 1_000_000
const LENGTH_OF_TIME = /^([1-9]\d{0,3})(h|d)$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/
const UNIT_MS = { h: 3_600_000, d: 86_400_000 } as const

export const keyCommand: Command = {
  name: 'key',
  summary: 'key create: a key for an app, or for a platform service',
  help: `npm run meterbook -- key create --app APP [--environment E]… [--type T]… [--expires WHEN] [--json]
npm run meterbook -- key create --service [--environment E]… [--type T]… [--expires WHEN] [--json]

Makes a key and prints it, this once: only a hash of it is kept. It works at once, in every process.

  --app APP                the app (slug or id) that the key sends for; or
  --service                a key of a platform service, which names the app in each event
  --environment E          it may send for this environment only; several times for several
  --type T                 it may send this event type only; several times for several
  --expires WHEN           2027-01-31T00:00:00Z, or from now: 12h, 90d; without it, it ends when it is revoked
  --read                   it also reads the usage that it may send
  --test                   it sends test events only: measured, flagged, never billed
  --name TEXT              what people see in the list of keys (default: ${NAME_DEFAULT})
  --events-per-second N    more is refused with 429; counted over a minute
  --requests-per-second N  the same for requests
  --json                   one JSON object
  --help                   these lines

Exit: 0 it was made, 2 it was not.`,
  options: {
    app: { type: 'string' },
    service: { type: 'boolean' },
    environment: { type: 'string', multiple: true },
    type: { type: 'string', multiple: true },
    expires: { type: 'string' },
    read: { type: 'boolean' },
    test: { type: 'boolean' },
    name: { type: 'string' },
    'events-per-second': { type: 'string' },
    'requests-per-second': { type: 'string' },
  },
  wordsMax: 1,
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>, words: string[]): Promise<ExitCode> {
  if (words[0] !== 'create') throw new UsageFault(`expected key create, found key ${words[0] ?? 'and nothing more'}`)
  const terms = readTerms(values)
  const { pool } = context.stores()
  const app = await findNamedApp()
  const spaceId = app === null ? null : await findOwningSpace(pool, app.id)
  const { stored, key } = await inTransaction(pool, async (tx) => {
    const issued = await issueKey(tx, { ...terms, appId: app?.id ?? null, createdBy: ACTOR })
    await appendAudit(tx, {
      actorId: null,
      act: 'key.create',
      targetType: issued.stored.kind === 'ingest' ? 'ingest_key' : 'service_key',
      targetId: issued.stored.id,
      spaceId,
      after: { ...terms, appId: app?.id ?? null, prefix: issued.stored.prefix },
    })
    return issued
  })
  if (context.isJson) context.print(JSON.stringify(jsonOf(stored, key)))
  else for (const line of inWords(stored, key)) context.print(line)
  return EXIT.well

  async function findNamedApp() {
    if ((values.app === undefined) === (values.service !== true))
      throw new UsageFault('expected --app APP or --service')
    if (values.app === undefined) return null
    const found = await findApp(pool, String(values.app))
    if (found !== null) return found
    throw new UsageFault(`expected the slug or id of an app, found ${JSON.stringify(values.app)}`)
  }
}

function readTerms(values: Record<string, unknown>): KeyTerms {
  const name = String(values.name ?? NAME_DEFAULT).trim()
  if (name === '' || name.length > NAME_LENGTH_MAX) {
    throw new UsageFault(`expected a name of 1 to ${NAME_LENGTH_MAX} characters after --name`)
  }
  if (values.test === true && values.read === true) throw new UsageFault('expected --test or --read, found both')
  return {
    name,
    scopes:
      values.test === true
        ? [TEST_WRITE_SCOPE]
        : [USAGE_WRITE_SCOPE, ...(values.read === true ? [USAGE_READ_SCOPE] : [])],
    eventTypes: readNames(values.type, '--type'),
    environments: readNames(values.environment, '--environment'),
    expiresAt: readExpiry(values.expires),
    eventsPerSecond: readRate(values['events-per-second'], '--events-per-second'),
    requestsPerSecond: readRate(values['requests-per-second'], '--requests-per-second'),
  }
}

function readNames(value: unknown, option: string): string[] {
  const names = Array.isArray(value) ? value.map((each) => String(each).trim()) : []
  if (names.includes('')) throw new UsageFault(`expected a name after ${option}, found nothing`)
  return [...new Set(names)]
}

function readExpiry(value: unknown): Date | null {
  if (value === undefined) return null
  const text = String(value)
  const [, count, unit] = LENGTH_OF_TIME.exec(text) ?? []
  const at =
    unit === 'h' || unit === 'd'
      ? Date.now() + Number(count) * UNIT_MS[unit]
      : INSTANT.test(text)
        ? Date.parse(text)
        : Number.NaN
  if (at > Date.now()) return new Date(at)
  throw new UsageFault(
    `expected a moment to come after --expires, such as 2027-01-31T00:00:00Z, 12h or 90d, found ${JSON.stringify(text)}`,
  )
}

function readRate(value: unknown, option: string): number | null {
  if (value === undefined) return null
  const rate = /^\d{1,7}$/.test(String(value)) ? Number(value) : 0
  if (rate >= 1 && rate <= PER_SECOND_MAX) return rate
  throw new UsageFault(
    `expected a whole number from 1 to ${PER_SECOND_MAX} after ${option}, found ${JSON.stringify(value)}`,
  )
}

function jsonOf(stored: StoredKey, key: string) {
  return {
    ok: true,
    key,
    id: stored.id,
    kind: stored.kind,
    appId: stored.appId,
    name: stored.name,
    scopes: stored.scopes,
    eventTypes: stored.eventTypes,
    environments: stored.environments,
    eventsPerSecond: stored.eventsPerSecond,
    requestsPerSecond: stored.requestsPerSecond,
    expiresAt: stored.expiresAt?.toISOString() ?? null,
  }
}

function inWords(stored: StoredKey, key: string): string[] {
  const only = (names: string[]) => (names.length === 0 ? 'any' : names.join(', '))
  return [
    key,
    '',
    `  may           ${stored.scopes.join(', ')}`,
    `  environments  ${only(stored.environments)}`,
    `  event types   ${only(stored.eventTypes)}`,
    `  ends          ${stored.expiresAt?.toISOString() ?? 'when it is revoked'}`,
    '',
    'It is shown this once: only a hash of it is kept.',
  ]
}
