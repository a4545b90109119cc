import { hash } from 'node:crypto'
import fs from 'node:fs'
import { type EvidenceReport, verifyEvidence } from '@meterbook/core/evidence'
import { addDecimals } from '@meterbook/core/kernel'
import { PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import type { HeldHead } from '../../ledger/verify-ledger.ts'
import { type CommandContext, EXIT, type ExitCode, textOfBigint } from '../command.ts'

/** What every zip begins with. */
const ZIP_BEGIN = 'PK'

/** Whether a file is a bundle and not a ledger in lines. Throws where it cannot be read. */
export async function isBundle(file: string): Promise<boolean> {
  const handle = await fs.promises.open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer.toString('latin1') === ZIP_BEGIN
  } finally {
    await handle.close()
  }
}

/** Follows a charge from its events, offline, and says whether it does follow. */
export async function verifyBundle(
  { print, isJson }: CommandContext,
  { file, heads }: { file: string; heads: readonly HeldHead[] },
): Promise<ExitCode> {
  const bytes = await fs.promises.readFile(file)
  const report = verifyEvidence(bytes, { sha256: (text) => hash('sha256', text, 'hex'), held: heads })
  const isWell = report.fault === null
  if (isJson) print(JSON.stringify({ ok: isWell, ...report }, textOfBigint))
  else for (const line of inWords(report)) print(line)
  return isWell ? EXIT.well : EXIT.wrong
}

function inWords({ space, entries, events, heads, fault }: EvidenceReport): string[] {
  if (fault !== null) {
    const { step, where, expected, found } = fault
    return [`${step}: ${where}: expected ${expected}, found ${found}`, 'this charge does not follow from these events']
  }
  const [first] = entries
  if (first === undefined) return []
  const amount = entries.reduce((sum, entry) => addDecimals(sum, entry.amount), '0')
  const quantity = entries.reduce((sum, entry) => addDecimals(sum, entry.quantity), '0')
  const which = entries.length === 1 ? `entry ${first.sequence}` : `${entries.length} entries`
  return [
    `${which} of ${space?.slug}: ${amount} ${first.currency} for ${quantity} ${first.unit} of ${first.capability}, app ${first.app}`,
    ...(entries.length === 1 ? [`${first.environment}, ${first.window.start} to ${first.window.end}`] : []),
    `${events} events, measured, rated and linked again`,
    ...heads.map(({ spaceId, sequence, hash: end }) => {
      const whose = spaceId === PLATFORM_SPACE_ID ? 'the platform' : space?.slug
      return `head of ${whose}: ${spaceId}:${sequence}:${end}`
    }),
    'this charge follows from these events',
  ]
}
