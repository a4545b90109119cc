import fs from 'node:fs'
import { instantFromMs } from '@meterbook/core/kernel'
import { findLedgerSpace } from '@meterbook/db/postgres'
import { exportEvidence } from '../../evidence/export-evidence.ts'
import { type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'

/** `export evidence --entry SPACE:SEQUENCE --out FILE`: one charge with everything it follows from. */
export async function writeEvidence(
  { stores, print, isJson }: CommandContext,
  values: Record<string, unknown>,
): Promise<ExitCode> {
  const { entry, out: file } = values
  const match = typeof entry === 'string' ? /^([^:]+):(\d+)$/.exec(entry) : null
  if (match === null || typeof file !== 'string') throw new UsageFault('expected --entry SPACE:SEQUENCE and --out FILE')
  const [, slug = '', number = ''] = match
  const { pool, clickhouse } = stores()
  const space = await findLedgerSpace(pool, slug)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slug)}`)
  const now = () => instantFromMs(Date.now())
  const bundle = await exportEvidence({ pool, clickhouse, now }, { space, sequences: [BigInt(number)] })
  await fs.promises.writeFile(file, bundle, { flag: 'wx' })
  if (isJson) print(JSON.stringify({ ok: true, space, sequence: number, bytes: bundle.length, file }))
  else print(`the evidence of entry ${number} of ${space.slug} is written to ${file}, ${bundle.length} bytes`)
  return EXIT.well
}
