import { instantFromMs } from '@meterbook/core/kernel'
import { openArchive } from '@meterbook/db/archive'
import type { ArchiveDraft } from '@meterbook/db/postgres'
import { type ArchiveDeps, type CheckedFile, checkArchive } from '../../archive/check-archive.ts'
import { writeArchive } from '../../archive/write-archive.ts'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { textTable } from '../text-table.ts'

export const archive: Command = {
  name: 'archive',
  summary: 'sealed parts of the journal as Parquet files in a folder or S3, checked against the ledger',
  help: `npm run meterbook -- archive PLACE [--shard N] [--json]
npm run meterbook -- archive PLACE --check [--restore] [--shard N] [--json]

Writes every batch of the journal that is sealed and in no file yet to Parquet files, by shard, reads them back, compares them with the seals, and posts name,
length and SHA-256 of each to the platform's chain. Nothing is taken out of Postgres: an archive is another copy, and may be made as often as one likes.
The files hold the events as they were received: keep them as private as the database. To have them in a second place, copy them.

  PLACE      a folder, or s3://bucket/prefix (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION; AWS_ENDPOINT_URL_S3 for a store that
             is not Amazon's)
  --check    write nothing; compare every file that the ledger knows with its digest there, and every row in it with the seals
  --restore  with --check: put back what the journal in Postgres lacks, out of files that are well
  --shard N  only this one
  --json     one JSON object
  --help     these lines

Exit: 0 all is archived (with --check: all is well), 1 a file is not what was archived, 2 it could not be done.`,
  options: { check: { type: 'boolean' }, restore: { type: 'boolean' }, shard: { type: 'string' } },
  wordsMax: 1,
  run,
}

async function run(context: CommandContext, values: Record<string, unknown>, [place]: string[]): Promise<ExitCode> {
  if (place === undefined) throw new UsageFault('expected a folder, or s3://bucket/prefix')
  if (values.restore === true && values.check !== true) throw new UsageFault('expected --restore with --check')
  const shard = readShard(values.shard)
  const { pool, clickhouse } = context.stores()
  const deps: ArchiveDeps = {
    ...{ pool, clickhouse, archive: openArchive(place, process.env), signal: context.signal },
    onProgress: ({ shard: at, through, of }) =>
      context.progress({ label: `shard ${at}`, done: Number(through), total: Number(of), note: 'batches' }),
  }
  if (values.check !== true) {
    const written = await writeArchive(deps, { shard, now: () => instantFromMs(Date.now()) })
    tellWritten(context, written, deps.archive.place)
    return EXIT.well
  }
  const checked = await checkArchive(deps, { shard, restores: values.restore === true })
  const isWell = checked.every(({ fault }) => fault === null)
  if (context.isJson)
    context.print(JSON.stringify({ ok: isWell, place: deps.archive.place, files: checked.map(checkedJson) }))
  else for (const line of checkedWords(checked)) context.print(line)
  return isWell ? EXIT.well : EXIT.wrong
}

function readShard(value: unknown): number | null {
  if (value === undefined) return null
  if (typeof value === 'string' && /^\d{1,5}$/.test(value)) return Number(value)
  throw new UsageFault(`expected a number after --shard, found ${JSON.stringify(value)}`)
}

function tellWritten({ print, isJson }: CommandContext, written: readonly ArchiveDraft[], place: string): void {
  if (isJson) {
    print(JSON.stringify({ ok: true, place, files: written.map(fileJson) }))
    return
  }
  if (written.length === 0) print('nothing to archive: every sealed batch is in a file')
  for (const line of written.length === 0
    ? []
    : textTable(['file', 'batches', 'bytes', 'sha-256'], written.map(fileRow)))
    print(line)
}

function fileRow({ file, batches, bytes, digest }: ArchiveDraft): string[] {
  return [file, batches, bytes, `${digest.slice(0, 16)}…`]
}

function fileJson({ shard, first, last, batches, file, bytes, digest }: ArchiveDraft) {
  return { shard, first, last, batches, file, bytes, digest }
}

function checkedJson({ file, fault, restored }: CheckedFile) {
  return { ...fileJson(file), archivedAt: file.postedAt, fault, restored }
}

function checkedWords(checked: readonly CheckedFile[]): string[] {
  if (checked.length === 0) return ['the ledger knows of no archived file']
  const restored = checked.reduce((sum, each) => sum + each.restored, 0)
  const faults = checked.flatMap(({ file, fault }) => (fault === null ? [] : [`${file.file}: ${fault}`]))
  const batches = checked.reduce((sum, { file, fault }) => sum + (fault === null ? BigInt(file.batches) : 0n), 0n)
  return [
    `${checked.length - faults.length} of ${checked.length} files are what was archived, ${batches} batches as they were sealed`,
    ...(restored > 0 ? [`${restored} batches were put back into the journal`] : []),
    ...faults,
  ]
}
