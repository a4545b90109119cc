import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Archive } from './index.ts'
import { type S3Keys, signS3 } from './s3-signature.ts'

const REGION_DEFAULT = 'us-east-1'
const ANSWER_MS = 300_000
const NO_BODY = createHash('sha256').update('').digest('hex')
/** What a store says instead of "I have one already": AWS, and others. */
const TAKEN: ReadonlySet<number> = new Set([409, 412])

/**
 * Objects of a bucket, by AWS's own variables: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION (default us-east-1), and for a store that is not
 * Amazon's AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, where the bucket is the first part of the path.
 */
export function createS3Archive(address: string, variables: Record<string, string | undefined>): Archive {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(address) ?? []
  if (bucket === '') throw new Error('expected an archive as s3://bucket/prefix')
  const keys = keysOf(variables)
  const base = endpointOf(bucket, keys.region, variables)
  const folder = prefix.replace(/^\/+|\/+$/g, '')
  const urlOf = (name: string) =>
    new URL(
      `${base}/${[...(folder === '' ? [] : folder.split('/')), ...name.split('/')].map(encodeURIComponent).join('/')}`,
    )

  return {
    place: `s3://${bucket}${folder === '' ? '' : `/${folder}`}`,
    async put(name, file) {
      const body = await fs.promises.readFile(file)
      const headers = { 'if-none-match': '*' }
      const request = { method: 'PUT', url: urlOf(name), headers, bodySha256: sha256(body), at: Date.now() }
      const answer = await ask(request.url, { method: 'PUT', headers: signS3(request, keys), body })
      await answer.body?.cancel()
      if (TAKEN.has(answer.status)) throw new Error(`expected no file ${name} in the archive, found one`)
      if (!answer.ok) throw new Error(`expected the archive to take ${name}, found status ${answer.status}`)
    },
    async get(name, file) {
      const request = { method: 'GET', url: urlOf(name), bodySha256: NO_BODY, at: Date.now() }
      const answer = await ask(request.url, { headers: signS3(request, keys) })
      if (answer.status === 404) {
        await answer.body?.cancel()
        return false
      }
      if (!answer.ok || answer.body === null) {
        await answer.body?.cancel()
        throw new Error(`expected the archive to give ${name}, found status ${answer.status}`)
      }
      await pipeline(
        Readable.fromWeb(answer.body as import('node:stream/web').ReadableStream),
        fs.createWriteStream(file),
      )
      return true
    },
  }
}

function ask(url: URL, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) })
}

function keysOf(variables: Record<string, string | undefined>): S3Keys {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION } = variables
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw new Error('expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for an archive in S3')
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN || undefined,
    region: AWS_REGION || AWS_DEFAULT_REGION || REGION_DEFAULT,
  }
}

function endpointOf(bucket: string, region: string, variables: Record<string, string | undefined>): string {
  const own = variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL
  if (!own) return `https://${bucket}.s3.${region}.amazonaws.com`
  if (!URL.canParse(own)) throw new Error('expected AWS_ENDPOINT_URL_S3 to be an address')
  return `${own.replace(/\/+$/, '')}/${bucket}`
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
