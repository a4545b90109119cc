import { hash } from 'node:crypto'
import type { Findings } from './findings.ts'
import type { StoredEntry } from './stored-ledger.ts'

const NOTHING_BEFORE = '0'.repeat(64)

/** Follows every chain entry by entry: no number left out, each hash made of the place, the one before and the text as it is stored. */
export class ChainWalk {
  readonly #findings: Findings
  readonly #ends = new Map<string, { sequence: bigint; hash: string }>()

  constructor(findings: Findings) {
    this.#findings = findings
  }

  follow({ spaceId, sequence, previousHash, canonical, hash: found }: StoredEntry): void {
    const place = `${spaceId} ${sequence}`
    const last = this.#ends.get(spaceId) ?? { sequence: 0n, hash: NOTHING_BEFORE }
    if (sequence !== last.sequence + 1n)
      this.#findings.add('chain: a number is missing', `${place} after ${last.sequence}`)
    if (previousHash !== last.hash) this.#findings.add('chain: not linked to the one before', place)
    const parts = ['meterbook/ledger/1', spaceId, String(sequence), previousHash, canonical]
    const text = parts.map((part) => `${Buffer.byteLength(part)}:${part},`).join('')
    if (hash('sha256', text, 'hex') !== found) this.#findings.add('chain: not the hash of its text', place)
    this.#ends.set(spaceId, { sequence, hash: found })
  }

  /** Holds the heads to where the chains end. */
  end(heads: ReadonlyMap<string, { sequence: bigint; hash: string }>): void {
    for (const [spaceId, { sequence, hash: head }] of heads) {
      const end = this.#ends.get(spaceId) ?? { sequence: 0n, hash: '' }
      if (end.sequence !== sequence || (sequence > 0n && end.hash !== head))
        this.#findings.add('chain: the head is not its end', `${spaceId} head ${sequence}, end ${end.sequence}`)
    }
    for (const spaceId of this.#ends.keys()) if (!heads.has(spaceId)) this.#findings.add('chain: no head', spaceId)
  }
}
