import fs from 'node:fs'
import { instantFromMs } from '@meterbook/core/kernel'
import { ENTRIES_MAX, exportEvidence } from '@meterbook/db/evidence'
import { findLedgerSpace, listLineEntries, type Pool } from '@meterbook/db/postgres'
import { type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'

/** `export evidence`: one entry, or all entries of a statement's line, with everything they follow from. */
export async function writeEvidence(context: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const { out: file } = values
  if (typeof file !== 'string') throw new UsageFault('expected --out FILE')
  const { pool, clickhouse } = context.stores()
  const asked = values.statement === undefined ? await entryAsked(pool, values) : await lineAsked(pool, values)
  const now = () => instantFromMs(Date.now())
  const bundle = await exportEvidence({ pool, clickhouse, now }, asked)
  await fs.promises.writeFile(file, bundle, { flag: 'wx' })
  const { space, sequences } = asked
  const entries = sequences.map(String)
  if (context.isJson) context.print(JSON.stringify({ ok: true, space, entries, bytes: bundle.length, file }))
  else {
    const which = entries.length === 1 ? `entry ${entries[0]}` : `${entries.length} entries`
    context.print(`the evidence of ${which} of ${space.slug} is written to ${file}, ${bundle.length} bytes`)
  }
  return EXIT.well
}

interface Asked {
  space: { id: string; slug: string }
  sequences: bigint[]
}

async function entryAsked(pool: Pool, { entry }: Record<string, unknown>): Promise<Asked> {
  const match = typeof entry === 'string' ? /^([^:]+):(\d+)$/.exec(entry) : null
  if (match === null)
    throw new UsageFault('expected --entry SPACE:SEQUENCE, or --statement with --app and --capability')
  const [, slug = '', number = ''] = match
  const space = await findLedgerSpace(pool, slug)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slug)}`)
  return { space, sequences: [BigInt(number)] }
}

async function lineAsked(pool: Pool, { statement, app, capability }: Record<string, unknown>): Promise<Asked> {
  if (typeof statement !== 'string' || typeof app !== 'string' || typeof capability !== 'string') {
    throw new UsageFault('expected --statement ID with --app SLUG and --capability KEY')
  }
  const line = await listLineEntries(pool, { statement, app, capabilityKey: capability, limit: ENTRIES_MAX })
  if (line === null) throw new UsageFault(`expected the id of a closed statement, found ${JSON.stringify(statement)}`)
  return line
}
