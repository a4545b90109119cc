/** Where statements, their lines and their entries are: every one has an address of its own. */
export const statementsPath = (space: string) => `/s/${space}/statements`

export const statementPath = (space: string, id: string) => `${statementsPath(space)}/${encodeURIComponent(id)}`

/** What is open beside the statement: a line, and one of its entries. */
type Opened = { line: string | null; entry: string | null }

const LINE_LENGTH_MAX = 500

/** Reads a statement's query string; what it cannot read is not open. */
export function readOpened(get: (key: string) => string | null): Opened {
  const line = get('line')
  if (line === null || line === '' || line.length > LINE_LENGTH_MAX) return { line: null, entry: null }
  const entry = get('entry')
  return { line, entry: entry !== null && /^[1-9]\d{0,18}$/.test(entry) ? entry : null }
}

/** The query string that opens a line, and an entry of it; empty for the statement alone. */
export function writeOpened({ line, entry }: Opened): string {
  if (line === null) return ''
  return `?${new URLSearchParams(entry === null ? { line } : { line, entry })}`
}

const FILES: { name: string; of: string; query: Record<string, string> }[] = [
  { name: 'CSV', of: 'lines', query: { format: 'csv' } },
  { name: 'CSV', of: 'entries', query: { format: 'csv', dataset: 'entries' } },
  { name: 'Parquet', of: 'lines', query: { format: 'parquet' } },
  { name: 'Parquet', of: 'entries', query: { format: 'parquet', dataset: 'entries' } },
  { name: 'FOCUS', of: '1.4', query: { format: 'focus', profile: '1.4' } },
  { name: 'FOCUS', of: '1.2', query: { format: 'focus', profile: '1.2' } },
]

/** The files of a statement, made by the public interface. */
export function statementFiles(id: string): { name: string; of: string; href: string }[] {
  return FILES.map(({ name, of, query }) => ({
    name,
    of,
    href: `${statementApi(id)}/export?${new URLSearchParams(query)}`,
  }))
}

/** The statement as the public interface answers with it. */
export const statementApi = (id: string) => `/api/v1/statements/${encodeURIComponent(id)}`

/** One entry with everything it follows from, as a file that proves itself. */
export const entryEvidence = (space: string, sequence: string) =>
  `/api/v1/ledger/entries/${encodeURIComponent(`${space}:${sequence}`)}/evidence`

/** The same of all entries of a line. */
export const lineEvidence = (id: string, line: string) =>
  `${statementApi(id)}/evidence?${new URLSearchParams({ line })}`

/** The same by the command line. Statements are people's to read: it takes a session's cookie, which stays a name, so that no secret is copied. */
export function curlOf(origin: string, path: string): string {
  return `curl --cookie "$METERBOOK_SESSION" "${origin}${path}"`
}
