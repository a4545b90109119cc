import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { entryLine, firstLine, type LedgerFileHead, lastLine, NO_HASH } from '@meterbook/core/ledger'
import { inSnapshot, type Pool, readHeads, readLedgerRows } from '@meterbook/db/postgres'

/**
 * Writes the chain of a space to a file that verifies by itself, as it is at one moment, with the memory of a page of rows. An existing file is not
 * overwritten: that throws EEXIST.
 */
export async function exportLedger(input: {
  pool: Pool
  space: LedgerFileHead['space']
  file: string
}): Promise<{ entries: bigint; head: LedgerFileHead['head']; sha256: string }> {
  const { pool, space, file } = input
  const out = await fs.promises.open(file, 'wx')
  try {
    return await inSnapshot(pool, async (client) => {
      const [head = { sequence: 0n, hash: NO_HASH }] = await readHeads(client, { spaceIds: [space.id] })
      const digest = createHash('sha256')
      const write = async (text: string) => {
        digest.update(text)
        await out.write(text)
      }
      await write(firstLine({ space, head }))
      let entries = 0n
      for await (const rows of readLedgerRows(client, { spaceId: space.id })) {
        await write(rows.map(entryLine).join(''))
        entries += BigInt(rows.length)
      }
      const sha256 = digest.digest('hex')
      await out.write(lastLine({ entries, sha256 }))
      return { entries, head, sha256 }
    })
  } finally {
    await out.close()
  }
}
