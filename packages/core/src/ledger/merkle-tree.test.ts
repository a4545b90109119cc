import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../kernel/index.ts'
import { isUnderRoot, merkleLeaf, merkleProof, merkleRoot, type SealedBatch } from './merkle-tree.ts'

function batchOf(number: number): SealedBatch {
  const isAct = number === 4
  return {
    shard: 2,
    number: BigInt(number),
    kind: isAct ? 'act' : 'events',
    appId: '0b0c2a0e-54ef-4d52-9b0c-0c3b1f6a7e55',
    keyId: isAct ? null : `d0000000-0000-4000-8000-00000000000${number}`,
    receivedAt: `2026-10-01T04:00:00.00000${number}Z`,
    eventCount: number * 10,
    digest: sha256(`body ${number}`),
  }
}
const leaves = [1, 2, 3, 4, 5, 6, 7].map((number) => merkleLeaf(batchOf(number), sha256))

/** Computed with Python's hashlib by the same words. */
const GOLDEN = [
  [1, 'eb992bdbb9df7002968ed5204f44b67e4f725034f2ec77468226e770d2056bfa'],
  [2, '0c018ea7e9834d623a57c3881b2ca679711c942182b0d63be816f255affa1729'],
  [3, '83860c3ab628d3e8209fd247782f3894bcba3cbf5756ca0e56cf74810cc5b03a'],
  [7, 'cc65fca2aa272a05ef9457301b98002745fcbb277f634435258f9bba8444e757'],
] as const

describe('the tree over journal batches', () => {
  test.each(GOLDEN)('another implementation gives the same root over %i leaves', (count, root) => {
    expect(merkleRoot(leaves.slice(0, count), sha256)).toBe(root)
  })

  test('an act’s leaf is what another implementation gives', () => {
    expect(leaves[3]).toBe('e4aca39c49f3997e33e14648e51c217b78587699b4391aecc5696d5763d31abc')
  })

  test('every member of a batch is in its leaf', () => {
    const batch = batchOf(1)
    const others = Object.keys(batch).map((member) =>
      merkleLeaf({ ...batch, [member]: member === 'keyId' ? null : '7' } as SealedBatch, sha256),
    )
    expect(new Set([...others, leaves[0]]).size).toBe(others.length + 1)
  })

  test('a proof leads from each leaf to the root, and from no other leaf, place, size or root', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (size, a, b) => {
        const many = Array.from({ length: size }, (_, at) => sha256(String(at)))
        const index = a % size
        const root = merkleRoot(many, sha256)
        const proof = merkleProof(many, index, sha256)
        const holds = (input: Partial<Parameters<typeof isUnderRoot>[0]>) =>
          isUnderRoot({ leaf: many[index] as string, proof, root, sha256: sha256, ...input })
        expect(holds({})).toBe(true)
        expect(holds({ leaf: sha256('another') })).toBe(false)
        expect(holds({ root: sha256('another') })).toBe(false)
        const other = b % size
        if (other !== index) expect(holds({ proof: { ...proof, index: other } })).toBe(false)
        expect(holds({ proof: { ...proof, index: size } })).toBe(false)
        expect(holds({ proof: { ...proof, path: [...proof.path, root] } })).toBe(false)
        if (proof.path.length > 0) expect(holds({ proof: { ...proof, path: proof.path.slice(1) } })).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  test('a node is never a leaf: the two halves of a tree are not a tree of two batches', () => {
    const [left, right] = [merkleRoot(leaves.slice(0, 4), sha256), merkleRoot(leaves.slice(4, 7), sha256)]
    expect(merkleRoot([left, right], sha256)).toBe(merkleRoot(leaves, sha256))
    expect(leaves).not.toContain(merkleRoot(leaves.slice(0, 2), sha256))
    expect(() => merkleRoot([], sha256)).toThrow('expected leaves, found none')
  })
})
