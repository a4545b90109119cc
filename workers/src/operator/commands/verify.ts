import {
  AUDIT_CHAIN,
  type ChainReport,
  describeChainFault,
  type LedgerFileReport,
  PLATFORM_SPACE_ID,
} from '@meterbook/core/ledger'
import { findLedgerSpace, readSpaces } from '@meterbook/db/postgres'
import { verifyLedgerFile } from '../../ledger/verify-file.ts'
import { type HeldHead, type JournalReport, type LedgerReport, verifyLedger } from '../../ledger/verify-ledger.ts'
import { type Command, type CommandContext, EXIT, type ExitCode, textOfBigint, UsageFault } from '../command.ts'
import { isBundle, verifyBundle } from './verify-evidence.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'check the ledger and the audit log row by row: nothing altered, missing, added or reordered',
  help: `npm run meterbook -- verify [FILE] [--space SLUG] [--head SPACE:SEQUENCE:HASH] [--json]

Without a file it checks the database: the chain of every developer space, the platform's own, the journal against the
seals in it, and the log of what admins did. Every row's hash is computed again, and its columns are compared with the text that was hashed. The first row that was
altered, removed, added or moved is named, with what was expected and what was found. Nothing is repaired.

  FILE           a ledger that was exported (export ledger), or the evidence of one charge (export evidence): measured, rated and
                 linked again. Checked by itself, no Meterbook has to run
  --space SLUG   the chain of one developer space (slug or id); the journal is not looked at
  --head S:N:H   a head that you noted or were given: space (id, or slug with a database; audit for the audit log), sequence and hash. The chain has to
                 have passed through it, so that one that was written anew is found too. May be given several times
  --json         one JSON object
  --help         these lines

Exit: 0 all is well, 1 something is not, 2 it could not look.`,
  wordsMax: 1,
  options: { space: { type: 'string' }, head: { type: 'string', multiple: true } },
  async run(context, values, words) {
    const file = words[0] ?? null
    const heads = Array.isArray(values.head) ? values.head.map((head) => readHead(String(head))) : []
    if (file !== null && values.space !== undefined) throw new UsageFault('expected a file or --space, found both')
    if (file !== null && (await isBundle(file))) return verifyBundle(context, { file, heads })
    if (file !== null) return verifyFile(context, { file, heads })
    return verifyDatabase(context, { space: typeof values.space === 'string' ? values.space : null, heads })
  },
}

/** `spaceId` is still as it was written: a slug or an id. */
function readHead(text: string): HeldHead {
  const match = /^([^:]+):(\d+):([0-9a-fA-F]{64})$/.exec(text)
  if (match === null) throw new UsageFault(`expected --head SPACE:SEQUENCE:HASH, found ${JSON.stringify(text)}`)
  const [, spaceId = '', sequence = '', hash = ''] = match
  return { spaceId, sequence: BigInt(sequence), hash: hash.toLowerCase() }
}

async function verifyFile(
  { print, isJson }: CommandContext,
  { file, heads }: { file: string; heads: HeldHead[] },
): Promise<ExitCode> {
  const report = await verifyLedgerFile({ file, held: heads })
  const other = heads.find(({ spaceId }) => spaceId !== report.space?.id)
  if (other !== undefined && report.space !== null) {
    throw new UsageFault(`expected heads of space ${report.space.id}, whose ledger this is, found ${other.spaceId}`)
  }
  const isWell = report.fault === null && report.chain?.fault === null
  if (isJson) print(JSON.stringify({ ok: isWell, ...report }, textOfBigint))
  else for (const line of inWords(report, isWell)) print(line)
  return isWell ? EXIT.well : EXIT.wrong
}

function inWords({ space, chain, fault }: LedgerFileReport, isWell: boolean): string[] {
  const lines = chain === null ? [] : [chainInWords(chain, `ledger of ${space?.slug ?? chain.spaceId}`)]
  if (fault !== null) lines.push(`line ${fault.line}: expected ${fault.expected}, found ${fault.found}`)
  return isWell ? lines : [...lines, 'not well']
}

async function verifyDatabase(
  context: CommandContext,
  input: { space: string | null; heads: HeldHead[] },
): Promise<ExitCode> {
  const { pool } = context.stores()
  const idOf = async (slugOrId: string): Promise<string> => {
    if (slugOrId === PLATFORM_SPACE_ID || slugOrId === AUDIT_CHAIN) return slugOrId
    const found = await findLedgerSpace(pool, slugOrId)
    if (found === null)
      throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slugOrId)}`)
    return found.id
  }
  const spaceIds = input.space === null ? null : [await idOf(input.space)]
  const held: HeldHead[] = []
  for (const head of input.heads) held.push({ ...head, spaceId: await idOf(head.spaceId) })
  const report = await verifyLedger(pool, { spaceIds, held, signal: context.signal, onProgress: teller(context) })
  const names = await readSpaces(
    pool,
    report.chains.map(({ spaceId }) => spaceId),
  )
  const nameOf = (spaceId: string) =>
    spaceId === PLATFORM_SPACE_ID ? 'the platform' : (names.get(spaceId)?.slug ?? spaceId)
  if (context.isJson) context.print(JSON.stringify(jsonOf(report, nameOf), textOfBigint))
  else for (const line of reportInWords(report, nameOf)) context.print(line)
  return report.isWell ? EXIT.well : EXIT.wrong
}

function jsonOf({ isWell, chains, audit, journal }: LedgerReport, nameOf: (spaceId: string) => string): object {
  return { ok: isWell, chains: chains.map((chain) => ({ space: nameOf(chain.spaceId), ...chain })), audit, journal }
}

function reportInWords(
  { isWell, chains, audit, journal }: LedgerReport,
  nameOf: (spaceId: string) => string,
): string[] {
  const lines = [
    ...chains.map((chain) => chainInWords(chain, `ledger of ${nameOf(chain.spaceId)}`)),
    ...(audit === null ? [] : [chainInWords(audit, 'audit log')]),
    ...journal.map(journalInWords),
  ]
  if (isWell) return [...lines, 'all is well']
  return [...lines, 'not well: a ledger cannot be repaired; restore it from a backup, and keep this one as evidence']
}

function chainInWords({ entries, hash, fault }: ChainReport, name: string): string {
  if (fault === null) return `${name}: ${entries} entries are well; head ${entries} ${hash}`
  return `${name}: ${describeChainFault(fault)} (${entries} entries up to there are well)`
}

function journalInWords({ shard, sealed, unsealed, fault }: JournalReport): string {
  const well = `${sealed} batches are as they were sealed, ${unsealed} are not sealed yet`
  if (fault === null) return `journal of shard ${shard}: ${well}`
  const { batch, part, expected, found } = fault
  return `journal of shard ${shard}: batch ${batch}: ${fault.fault}, ${part}: expected ${expected}, found ${found} (${well})`
}

function teller(context: CommandContext): (what: string, done: bigint) => void {
  return (what, done) => context.progress({ label: what, done: Number(done), total: null })
}
