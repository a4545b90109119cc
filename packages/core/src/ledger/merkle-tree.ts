import { canonicalTuple, type Sha256 } from '../kernel/index.ts'

/** A batch of the journal, as a leaf has it: everything of it but its body, of which the digest speaks. */
export interface SealedBatch {
  shard: number
  number: bigint
  kind: 'events' | 'act'
  appId: string
  /** Which key sent it; null for an act. */
  keyId: string | null
  /** RFC 3339, as formatInstant writes it. */
  receivedAt: string
  eventCount: number
  /** SHA-256 of the body, in hex. */
  digest: string
}

/** The leaf of a batch. The words `leaf` and `node` keep a leaf from being taken for a node, as RFC 6962's prefixes do. */
export function merkleLeaf(batch: SealedBatch, sha256: Sha256): string {
  const { shard, number, kind, appId, keyId, receivedAt, eventCount, digest } = batch
  return sha256(
    canonicalTuple(['leaf', String(shard), String(number), kind, appId, keyId, receivedAt, String(eventCount), digest]),
  )
}

/** The root over leaves, in the shape of RFC 6962: the left half is the largest power of two that leaves a right one. Throws RangeError without leaves. */
export function merkleRoot(leaves: readonly string[], sha256: Sha256): string {
  if (leaves.length === 0) throw new RangeError('expected leaves, found none')
  if (leaves.length === 1) return leaves[0] as string
  const split = leftOf(leaves.length)
  return nodeOf(merkleRoot(leaves.slice(0, split), sha256), merkleRoot(leaves.slice(split), sha256), sha256)
}

/** What shows that a leaf is one of those under a root: its index, how many there are, and the roots beside its way up, lowest first. */
export interface MerkleProof {
  index: number
  size: number
  path: string[]
}

/** Throws RangeError if there is no such leaf. */
export function merkleProof(leaves: readonly string[], index: number, sha256: Sha256): MerkleProof {
  if (!(Number.isInteger(index) && index >= 0 && index < leaves.length)) {
    throw new RangeError(`expected the index of one of ${leaves.length} leaves, found ${index}`)
  }
  return { index, size: leaves.length, path: pathOf(leaves, index, sha256) }
}

function pathOf(leaves: readonly string[], index: number, sha256: Sha256): string[] {
  if (leaves.length === 1) return []
  const split = leftOf(leaves.length)
  const left = leaves.slice(0, split)
  const right = leaves.slice(split)
  return index < split
    ? [...pathOf(left, index, sha256), merkleRoot(right, sha256)]
    : [...pathOf(right, index - split, sha256), merkleRoot(left, sha256)]
}

/** Whether the proof leads from the leaf to the root; no proof of another index, size or length does. */
export function isUnderRoot(input: { leaf: string; proof: MerkleProof; root: string; sha256: Sha256 }): boolean {
  const { leaf, proof, root, sha256 } = input
  const { index, size, path } = proof
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return false
  const sides = sidesOf(index, size)
  if (sides.length !== path.length) return false
  const reached = sides.reduce((hash, side, at) => {
    const beside = path[at] as string
    return side === 'left' ? nodeOf(hash, beside, sha256) : nodeOf(beside, hash, sha256)
  }, leaf)
  return reached === root
}

/** On which side the way up is at each node, lowest first. */
function sidesOf(index: number, size: number): ('left' | 'right')[] {
  if (size === 1) return []
  const split = leftOf(size)
  return index < split ? [...sidesOf(index, split), 'left'] : [...sidesOf(index - split, size - split), 'right']
}

/** The largest power of two below a size of two or more. */
function leftOf(size: number): number {
  let left = 1
  while (left * 2 < size) left *= 2
  return left
}

function nodeOf(left: string, right: string, sha256: Sha256): string {
  return sha256(canonicalTuple(['node', left, right]))
}
