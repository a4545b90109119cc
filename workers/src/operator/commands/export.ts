import { findLedgerSpace } from '@meterbook/db/postgres'
import { exportLedger } from '../../ledger/export-ledger.ts'
import { type Command, type CommandContext, EXIT, type ExitCode, UsageFault } from '../command.ts'
import { writeCatalogue } from './export-catalogue.ts'
import { writeEvidence } from './export-evidence.ts'

export const exportCommand: Command = {
  name: 'export',
  summary: 'write a ledger or the evidence of one charge, to a file that verifies by itself, or the catalogue',
  help: `npm run meterbook -- export ledger --space SLUG --out FILE [--json]
npm run meterbook -- export evidence --entry SPACE:SEQUENCE --out FILE [--json]
npm run meterbook -- export evidence --statement ID --app SLUG --capability KEY --out FILE [--json]
npm run meterbook -- export catalogue [--out FILE] [--json]

Writes the whole chain of a developer space, as it is at one moment, to a file (JSON Lines) that anybody can check without this
Meterbook: npm run meterbook -- verify FILE. Its first line has the head, its last one the number of entries and a checksum.

The evidence of one charge is a zip with all that an entry of usage follows from: the events as they were received, the proof that
they are sealed, the catalogue and the prices they were measured and rated by, and the chain up to its head.

The catalogue is written as YAML, in the form that npm run meterbook -- apply takes: spaces, apps, meters, price books, subscriptions,
entitlements, with every version and stretch of time. No people, no keys.

  --space SLUG  the developer space (slug or id)
  --entry S:N   the entry: developer space (slug or id) and sequence
  --statement, --app, --capability
                a line of a closed statement: all of its entries in one file
  --out FILE    where to; a file that is there is not overwritten
  --json        one JSON object at the end instead of a line
  --help        these lines

Exit: 0 it is written, 2 it is not.`,
  wordsMax: 1,
  options: {
    space: { type: 'string' },
    entry: { type: 'string' },
    statement: { type: 'string' },
    app: { type: 'string' },
    capability: { type: 'string' },
    out: { type: 'string' },
  },
  async run(context, values, [what]) {
    if (what === 'ledger') return ledger(context, values)
    if (what === 'evidence') return writeEvidence(context, values)
    if (what === 'catalogue') return writeCatalogue(context, values)
    throw new UsageFault(`expected export ledger, evidence or catalogue, found ${JSON.stringify(what ?? '')}`)
  },
}

async function ledger({ stores, print, isJson }: CommandContext, values: Record<string, unknown>): Promise<ExitCode> {
  const { space: slug, out: file } = values
  if (typeof slug !== 'string' || typeof file !== 'string') throw new UsageFault('expected --space SLUG and --out FILE')
  const { pool } = stores()
  const space = await findLedgerSpace(pool, slug)
  if (space === null)
    throw new UsageFault(`expected the slug or id of a developer space, found ${JSON.stringify(slug)}`)
  const { entries, head, sha256 } = await exportLedger({ pool, space, file })
  if (isJson) print(JSON.stringify({ ok: true, space, entries: String(entries), head: head.hash, sha256, file }))
  else print(`${entries} entries of ${space.slug} written to ${file}, head ${head.sequence} ${head.hash}`)
  return EXIT.well
}
