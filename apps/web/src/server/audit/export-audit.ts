import { csvRecord } from '@meterbook/core/csv'
import type { AuditText } from './audit-answer.ts'

const COLUMNS = [
  ['sequence', 'number'],
  ['recordedAt', 'text'],
  ['actor', 'text'],
  ['actorId', 'text'],
  ['act', 'text'],
  ['targetType', 'text'],
  ['targetId', 'text'],
  ['space', 'text'],
  ['reason', 'text'],
  ['requestId', 'text'],
  ['before', 'text'],
  ['after', 'text'],
  ['previousHash', 'text'],
  ['hash', 'text'],
] as const satisfies readonly (readonly [keyof AuditText, 'text' | 'number'])[]

export type AuditFormat = 'csv' | 'jsonl'

/** The bytes of the file while the pages come. In CSV no cell can begin as a formula; in JSON lines `before` and `after` are values again. */
export async function* exportAudit(pages: AsyncIterable<AuditText[]>, format: AuditFormat): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const kinds = COLUMNS.map(([, kind]) => kind)
  if (format === 'csv') {
    const names = COLUMNS.map(([name]) => name)
    const head = csvRecord(
      names,
      names.map(() => 'text' as const),
    )
    yield encoder.encode(head)
  }
  for await (const page of pages) {
    const lines = page.map((entry) =>
      format === 'csv'
        ? csvRecord(
            COLUMNS.map(([name]) => entry[name]),
            kinds,
          )
        : `${JSON.stringify(lineOf(entry))}\n`,
    )
    yield encoder.encode(lines.join(''))
  }
}

function lineOf({ isReadable: _, before, after, ...entry }: AuditText): object {
  return { ...entry, before: parsed(before), after: parsed(after) }
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}
