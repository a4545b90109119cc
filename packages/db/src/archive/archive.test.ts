import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArchive } from './index.ts'
import { signS3 } from './s3-signature.ts'

let folder: string
const fileOf = (name: string, text?: string) => {
  const file = path.join(folder, name)
  if (text !== undefined) fs.writeFileSync(file, text)
  return file
}
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'archive-test-'))
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
}

describe('an archive in a folder', () => {
  test('gives back what was put, for its owner alone, and never writes over a file', async () => {
    const archive = openArchive(path.join(folder, 'store'), {})
    await archive.put('shard-0001/a.parquet', fileOf('one', 'first'))
    expect(await archive.get('shard-0001/a.parquet', fileOf('back'))).toBe(true)
    expect(fs.readFileSync(fileOf('back'), 'utf8')).toBe('first')
    const kept = path.join(folder, 'store', 'shard-0001', 'a.parquet')
    expect(fs.statSync(kept).mode & 0o777).toBe(0o600)
    await expect(archive.put('shard-0001/a.parquet', fileOf('two', 'second'))).rejects.toThrow(/EEXIST/)
    expect(fs.readFileSync(kept, 'utf8')).toBe('first')
    expect(await archive.get('shard-0001/b.parquet', fileOf('none'))).toBe(false)
    await expect(archive.put('../outside', fileOf('one'))).rejects.toThrow(/within the archive/)
  })

  test('that was killed while it wrote has no half file, and takes the whole one later', async () => {
    const archive = openArchive(path.join(folder, 'torn'), {})
    fs.mkdirSync(path.join(folder, 'torn'), { recursive: true })
    fs.writeFileSync(path.join(folder, 'torn', 'a.parquet.part'), 'half')
    expect(await archive.get('a.parquet', fileOf('none'))).toBe(false)
    await archive.put('a.parquet', fileOf('whole', 'whole'))
    expect(await archive.get('a.parquet', fileOf('back'))).toBe(true)
    expect(fs.readFileSync(fileOf('back'), 'utf8')).toBe('whole')
  })
})

describe('a request to S3 is signed as Amazon’s own examples are', () => {
  const at = Date.UTC(2013, 4, 24)
  const none = createHash('sha256').update('').digest('hex')

  test.each([
    [
      'GET of a part of an object',
      'https://examplebucket.s3.amazonaws.com/test.txt',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'GET of a setting',
      'https://examplebucket.s3.amazonaws.com/?lifecycle=',
      {},
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'GET of a list',
      'https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J',
      {},
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_, url, headers, signature) => {
    const signed = signS3({ method: 'GET', url: new URL(url), headers, bodySha256: none, at }, KEYS)
    expect(signed.authorization).toMatch(new RegExp(`Signature=${signature}$`))
  })
})

describe('an archive in S3', () => {
  let server: http.Server
  let objects: Map<string, Buffer>
  let env: Record<string, string>
  let refusals: string[]

  // It checks each signature with the secret, as a store does, and lets nothing be written over.
  beforeAll(async () => {
    objects = new Map()
    refusals = []
    server = http.createServer(async (request, response) => {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece)
      const body = Buffer.concat(pieces)
      const url = new URL(request.url ?? '', `http://${request.headers.host}`)
      const { authorization = '', 'x-amz-date': moment = '', 'x-amz-content-sha256': digest } = request.headers
      const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? []
      const headers = Object.fromEntries(
        names
          .filter((name) => name !== 'host' && !name.startsWith('x-amz-'))
          .map((name) => [name, String(request.headers[name])]),
      )
      const at = Date.parse(String(moment).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
      const bodySha256 = createHash('sha256').update(body).digest('hex')
      const expected = signS3({ method: request.method ?? '', url, headers, bodySha256, at }, KEYS)
      const key = decodeURIComponent(url.pathname)
      const answer = (status: number, content: Buffer | string = '') => {
        if (status >= 400) refusals.push(`${request.method} ${key} ${status}`)
        response.statusCode = status
        response.end(content)
      }
      if (expected.authorization !== authorization || digest !== bodySha256) return answer(403)
      if (request.method === 'PUT') {
        if (request.headers['if-none-match'] === '*' && objects.has(key)) return answer(412)
        objects.set(key, body)
        return answer(200)
      }
      const object = objects.get(key)
      return object === undefined ? answer(404) : answer(200, object)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    env = {
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    }
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('gives back what was put, under its prefix, and never writes over an object', async () => {
    const archive = openArchive('s3://the-bucket/meter book/journal/', env)
    expect(archive.place).toBe('s3://the-bucket/meter book/journal')
    await archive.put('shard-0001/a.parquet', fileOf('s3-one', 'first'))
    expect([...objects.keys()]).toEqual(['/the-bucket/meter book/journal/shard-0001/a.parquet'])
    expect(await archive.get('shard-0001/a.parquet', fileOf('s3-back'))).toBe(true)
    expect(fs.readFileSync(fileOf('s3-back'), 'utf8')).toBe('first')
    expect(await archive.get('shard-0001/b.parquet', fileOf('s3-none'))).toBe(false)
    await expect(archive.put('shard-0001/a.parquet', fileOf('s3-two', 'second'))).rejects.toThrow(/expected no file/)
  })

  test('is not opened without keys or with a place that is none, and another secret is refused', async () => {
    expect(() => openArchive('s3://the-bucket', {})).toThrow(/^expected AWS_ACCESS_KEY_ID/)
    expect(() => openArchive('s3://', env)).toThrow(/s3:\/\/bucket/)
    const stranger = openArchive('s3://the-bucket', { ...env, AWS_SECRET_ACCESS_KEY: 'another' })
    await expect(stranger.get('a', fileOf('s3-none'))).rejects.toThrow(/status 403/)
    expect(refusals.at(-1)).toBe('GET /the-bucket/a 403')
  })
})
