import { createHash, hash } from 'node:crypto'
import fs from 'node:fs'
import { createLedgerFileVerifier, type LedgerFileReport } from '@meterbook/core/ledger'
import type { HeldHead } from './verify-ledger.ts'

const LINE_FEED = 10
/** Far above any line of ours: an entry has some thousand characters. */
const LINE_BYTES_MAX = 16 * 1024 * 1024

/** Verifies a ledger that was exported to a file; without a database, with the memory of a line. Throws where the file cannot be read. */
export async function verifyLedgerFile(input: { file: string; held: readonly HeldHead[] }): Promise<LedgerFileReport> {
  const { file, held } = input
  const verifier = createLedgerFileVerifier({
    sha256: (text) => hash('sha256', text, 'hex'),
    heldOf: (spaceId) => held.filter((each) => each.spaceId === spaceId),
  })
  const digest = createHash('sha256')
  for await (const line of linesOf(file)) {
    verifier.line(line.toString('utf8').replace(/\n$/, ''), () => digest.copy().digest('hex'))
    digest.update(line)
  }
  return verifier.finish()
}

/** Each line with its line feed, as it stands in the file. */
async function* linesOf(file: string): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of fs.createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      const end = chunk.subarray(from, at + 1)
      yield rest.length === 0 ? end : Buffer.concat([rest, end])
      rest = Buffer.alloc(0)
      from = at + 1
    }
    rest = Buffer.concat([rest, chunk.subarray(from)])
    if (rest.length > LINE_BYTES_MAX)
      throw new Error(`expected lines of at most ${LINE_BYTES_MAX} bytes, found a longer one`)
  }
  if (rest.length > 0) yield rest
}
