import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExactNumber, sha256 } from '../kernel/index.ts'
import { contentDigest, eventIdentity } from './identity.ts'

const app = '0197f5d2-6f00-7000-8000-000000000001'
const plain = { type: 'request', subject: null, app, environment: 'production', installation: null, data: null }

// Computed apart from this code, from the written rule: SHA-256 over length-prefixed UTF-8 texts, first 16 bytes.
describe('stored for ever, so never to change', () => {
  test('the identity of an event', () => {
    expect(eventIdentity({ app, source: '/svc', id: 'e1' }, sha256)).toBe('f5ac9e573d1229045c13e115622c362d')
    expect(eventIdentity({ app, source: 'urn:x:é€😀', id: 'café' }, sha256)).toBe('851a14129183ffc77cfb3be38285b68d')
  })

  test('the digest of its content', () => {
    expect(contentDigest({ ...plain, data: { method: 'GET' } }, sha256)).toBe('275e83f8a6dd0ade654b4ede45ed4fbd')
    const data = { tokens: 0.1, big: new ExactNumber('12345678901234567890'), a: [1, null, true, '\n\u0001é'] }
    expect(
      contentDigest(
        { ...plain, type: 'prompt', subject: 'customer 7', environment: 'staging', installation: 'site-1', data },
        sha256,
      ),
    ).toBe('15201d3cacdfcf3f247f51de84d9ccc8')
    expect(contentDigest({ ...plain, subject: '' }, sha256)).toBe('d6aa0afc7811bd106bd89bad063e44fe')
  })
})

test('two events have one identity only if app, source and id are all the same', () => {
  const part = fc.oneof(fc.constantFrom('a', 'ab', 'b', '1:a,', ''), fc.string())
  const parts = fc.record({ app: part, source: part, id: part })
  const platform = (text: string) => hash('sha256', text)
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const isSame = a.app === b.app && a.source === b.source && a.id === b.id
      expect(eventIdentity(a, platform) === eventIdentity(b, sha256)).toBe(isSame)
    }),
  )
})
