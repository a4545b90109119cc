import { z } from 'zod'
import { LineQuery } from '../evidence-routes.ts'
import { HeadsQuery } from '../ledger-heads-route.ts'
import { csvOf, DecimalOut, InstantOut, type Operation } from '../operation.ts'
import { ExportQuery } from '../statement-export-route.ts'
import { EntriesQuery, StatementsQuery } from '../statement-routes.ts'

const Period = z.object({ start: InstantOut, end: InstantOut })
const month = {
  id: z.string(),
  state: z.string().meta({ description: 'open, closing (over, and late usage still counts), or closed.' }),
  period: Period,
  currency: z.string().length(3),
}

const StatementMonth = z
  .looseObject({ ...month, total: DecimalOut, closedAt: InstantOut.nullable(), settledUntil: InstantOut.nullable() })
  .meta({ id: 'StatementMonth' })

const StatementLine = z
  .looseObject({
    id: z.string(),
    number: z.int(),
    kind: z.string(),
    app: z.string().nullable(),
    capability: z.string().nullable(),
    description: z.string(),
    quantity: DecimalOut.nullable(),
    unit: z.string().nullable(),
    amount: DecimalOut,
    exempt: z.boolean(),
    entries: z.int().nullable(),
  })
  .meta({ id: 'StatementLine' })

const Statement = z
  .looseObject({
    ...month,
    space: z.object({ slug: z.string(), name: z.string() }),
    zone: z.string(),
    lines: z.array(StatementLine),
    exactTotal: DecimalOut,
    rounding: DecimalOut,
    total: DecimalOut,
    checksum: z.string().meta({ description: 'SHA-256 of the canonical text of the lines.' }),
    proof: z.looseObject({ entriesSum: DecimalOut, linesSum: DecimalOut, isEqual: z.boolean() }),
    links: z.object({ entries: z.string(), export: z.string() }),
  })
  .meta({ id: 'Statement' })

const LedgerEntry = z
  .looseObject({ sequence: z.string(), hash: z.string(), kind: z.string(), amount: DecimalOut })
  .meta({ id: 'LedgerEntry' })

const Manifest = z
  .looseObject({
    file: z.string(),
    dataset: z.string(),
    rows: z.int(),
    bytes: z.int(),
    sha256: z.string(),
    ledgerSequence: z.string(),
    takenAt: InstantOut,
  })
  .meta({ id: 'ExportManifest' })

const HASH = 'b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78'
const PERIOD = { start: '2026-10-01T00:00:00Z', end: '2026-11-01T00:00:00Z' }
const HEAD = { id: '2026-10-atlas', state: 'closed', period: PERIOD, currency: 'USD' }
const path = { id: { description: 'A statement’s id: month and space.', example: '2026-10-atlas' } }
const SESSION = 'For a person who signed in to the portal and may see the cost of the space; a key reads no money.'

const exportFile = z.string().meta({ contentEncoding: 'binary' })

export const LIST_STATEMENTS: Operation = {
  ...{ id: 'listStatements', tag: 'Statements', access: 'session', summary: 'List the months of a space' },
  description: `Newest first. The total of a month that is not closed is what it would be if it were closed now. ${SESSION}`,
  query: StatementsQuery,
  answers: [
    {
      status: 200,
      description: 'The months.',
      content: {
        'application/json': {
          schema: z.object({ space: z.string(), statements: z.array(StatementMonth) }),
          example: {
            space: 'atlas',
            statements: [
              { ...HEAD, total: '1042.17', closedAt: '2026-11-03T08:00:00Z', settledUntil: '2026-11-03T00:00:00Z' },
            ],
          },
        },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" "/api/v1/statements?space=atlas"`,
}

export const GET_STATEMENT: Operation = {
  ...{ id: 'readStatement', tag: 'Statements', access: 'session', summary: 'Read a statement', path },
  description: `Its lines, its checklist, what proves it and, of a month that is not closed, what is provisional. ${SESSION}`,
  answers: [
    {
      status: 200,
      description: 'The statement.',
      content: {
        'application/json': {
          schema: Statement,
          example: {
            ...HEAD,
            space: { slug: 'atlas', name: 'Atlas' },
            zone: 'UTC',
            lines: [
              {
                id: 'usage.sprint-radar.functions.duration',
                number: 1,
                kind: 'usage',
                app: 'sprint-radar',
                capability: 'functions.duration',
                description: 'Sprint Radar: Functions duration',
                quantity: '41686700.25',
                unit: 'GB-s',
                amount: '1042.16750625',
                exempt: false,
                entries: 93,
              },
            ],
            exactTotal: '1042.16750625',
            rounding: '0.00249375',
            total: '1042.17',
            checksum: HASH,
            proof: { entriesSum: '1042.17', linesSum: '1042.17', isEqual: true },
            links: {
              entries: '/api/v1/statements/2026-10-atlas/entries',
              export: '/api/v1/statements/2026-10-atlas/export',
            },
          },
        },
      },
    },
  ],
  problems: [401, 403, 404],
  curl: `-b "$SESSION" /api/v1/statements/2026-10-atlas`,
}

export const STATEMENT_ENTRIES: Operation = {
  ...{
    id: 'listStatementEntries',
    tag: 'Statements',
    access: 'session',
    summary: 'List the entries behind a statement',
  },
  description: `The ledger entries behind a line, or behind all of them, in the order of the chain. ${SESSION}`,
  path,
  query: EntriesQuery,
  answers: [
    {
      status: 200,
      description: 'A page of entries; `cursor` is null where there are no more.',
      content: {
        'application/json': {
          schema: z.object({ entries: z.array(LedgerEntry), cursor: z.string().nullable() }),
          example: { entries: [{ sequence: '17', hash: HASH, kind: 'usage', amount: '11.20610221' }], cursor: '17' },
        },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" "/api/v1/statements/2026-10-atlas/entries?limit=100"`,
}

export const EXPORT_STATEMENT: Operation = {
  ...{ id: 'exportStatement', tag: 'Statements', access: 'session', summary: 'Export a statement' },
  description: `Lines, entries or a FOCUS dataset as CSV or Parquet, made while it is read. Rows and SHA-256 come in the trailers \`X-Meterbook-Rows\` and \`X-Meterbook-Sha256\`, and in the manifest. ${SESSION}`,
  path,
  query: ExportQuery,
  answers: [
    {
      status: 200,
      description: 'The file.',
      headers: {
        'X-Meterbook-Ledger-Sequence': 'The last ledger entry that the file knows.',
        'X-Meterbook-Taken-At': 'The moment that it shows.',
        Link: 'Its manifest, with `rel="describedby"`.',
      },
      content: {
        'text/csv': csvOf('BilledCost,BillingAccountId,…\r\n'),
        'application/vnd.apache.parquet': { schema: exportFile, example: 'PAR1…PAR1' },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" -OJ "/api/v1/statements/2026-10-atlas/export?format=focus"`,
}

export const EXPORT_MANIFEST: Operation = {
  ...{ id: 'readExportManifest', tag: 'Statements', access: 'session', summary: 'Read an export’s manifest' },
  description: `What a file of the same parameters has: rows, bytes, SHA-256, columns and, of a FOCUS dataset, its metadata. ${SESSION}`,
  path,
  query: ExportQuery,
  answers: [
    {
      status: 200,
      description: 'The manifest.',
      content: {
        'application/json': {
          schema: Manifest,
          example: {
            file: '2026-10-atlas-cost-and-usage.csv',
            dataset: 'cost-and-usage',
            rows: 812,
            bytes: 401_223,
            sha256: HASH,
            ledgerSequence: '1931',
            takenAt: '2026-11-03T08:00:00Z',
          },
        },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" "/api/v1/statements/2026-10-atlas/export/manifest?format=focus"`,
}

const EVIDENCE = {
  status: 200,
  description: 'A zip that verifies by itself, without us.',
  content: { 'application/zip': { schema: exportFile, example: 'PK…' } },
}
const EVIDENCE_TEXT =
  'Everything a charge follows from: the events as received, the catalogue and prices that were in force, and the entries with their chain. For a person who may see the cost of the space and find its events.'

export const LINE_EVIDENCE: Operation = {
  ...{ id: 'readLineEvidence', tag: 'Statements', access: 'session', summary: 'Get the evidence of a line' },
  description: EVIDENCE_TEXT,
  path,
  query: LineQuery,
  answers: [EVIDENCE],
  problems: [400, 401, 403, 404],
  curl: `-b "$SESSION" -OJ "/api/v1/statements/2026-10-atlas/evidence?line=…"`,
}

export const ENTRY_EVIDENCE: Operation = {
  ...{ id: 'readEntryEvidence', tag: 'Ledger', access: 'session', summary: 'Get the evidence of an entry' },
  description: EVIDENCE_TEXT,
  path: { entry: { description: 'The space’s slug, a colon, and the entry’s sequence.', example: 'atlas:17' } },
  answers: [EVIDENCE],
  problems: [401, 403, 404],
  curl: `-b "$SESSION" -OJ /api/v1/ledger/entries/atlas:17/evidence`,
}

export const LEDGER_HEADS: Operation = {
  ...{ id: 'listLedgerHeads', tag: 'Ledger', access: 'anyone', summary: 'List the ends of the ledger’s chains' },
  description:
    'For anybody, so that others can hold them against us later. A chain is named by a digest: who knows a space’s id finds it, and nobody learns whose it is.',
  query: HeadsQuery,
  answers: [
    {
      status: 200,
      description: 'A page of heads.',
      content: {
        'application/json': {
          schema: z.object({
            heads: z.array(
              z.object({
                chain: z.string(),
                kind: z.enum(['platform', 'space']),
                sequence: z.string(),
                hash: z.string(),
                postedAt: InstantOut,
              }),
            ),
            cursor: z.string().nullable(),
          }),
          example: {
            heads: [{ chain: HASH, kind: 'space', sequence: '1931', hash: HASH, postedAt: '2026-11-03T08:00:00Z' }],
            cursor: null,
          },
        },
      },
    },
  ],
  problems: [400],
  curl: '/api/v1/ledger/heads',
}
