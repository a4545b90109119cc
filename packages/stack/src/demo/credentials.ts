import { createHash, randomBytes, randomInt } from 'node:crypto'
import path from 'node:path'
import { readJson } from '../private-file.ts'

export interface SignIn {
  email: string
  password: string
}

export interface DemoApp {
  id: string
  slug: string
  /** The slug of the space that owns it. */
  space: string
  ingestKey: string
}

/** What `<home>/demo.json` holds. `people` and `serviceKey` go beyond the public contract. */
export interface DemoCredentials {
  url: string
  signIn: SignIn
  admin: SignIn
  space: { slug: string }
  apps: DemoApp[]
  people: (SignIn & { space: string; role: string })[]
  serviceKey: string
}

/** `<home>/demo.json`: written by whoever started the stack, 0600. */
export function demoFile(home: string): string {
  return path.join(home, 'demo.json')
}

/** The credentials of an earlier start; undefined when there are none. Throws when the file is there and is something else. */
export function readCredentials(home: string): DemoCredentials | undefined {
  const found = readJson(demoFile(home))
  if (found === undefined) return undefined
  const credentials = found as Partial<DemoCredentials> | null
  if (!Array.isArray(credentials?.apps) || typeof credentials.signIn?.password !== 'string')
    throw new Error(`${demoFile(home)} is not what a demo start writes: remove it to have new credentials made`)
  return credentials as DemoCredentials
}

/** `<home>/admin.json`: `{url, admin}` of an empty start, 0600. */
export function adminFile(home: string): string {
  return path.join(home, 'admin.json')
}

export function readAdmin(home: string): SignIn | undefined {
  const found = readJson(adminFile(home)) as { admin?: Partial<SignIn> } | null | undefined
  const { email, password } = found?.admin ?? {}
  return typeof email === 'string' && typeof password === 'string' ? { email, password } : undefined
}

export interface NewKey {
  /** Shown once: `<kind>_<prefix>_<secret>`. */
  key: string
  prefix: string
  secretHash: Buffer
}

const PREFIX_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const PREFIX_LENGTH = 12
const SECRET_BYTES = 32

/** A new key of an app (`mbk`) or of a platform service (`mbs`): a public prefix to find it by, and a secret of 256 bits. */
export function makeKey(kind: 'mbk' | 'mbs'): NewKey {
  const prefix = Array.from(
    { length: PREFIX_LENGTH },
    () => PREFIX_CHARACTERS[randomInt(PREFIX_CHARACTERS.length)],
  ).join('')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { key: `${kind}_${prefix}_${secret}`, prefix, secretHash: hashSecret(secret) }
}

/** The parts of a key as the database knows them; undefined if the text is no such key. The secret may hold `_` itself. */
export function splitKey(key: string): { prefix: string; secretHash: Buffer } | undefined {
  const match = /^mb[ks]_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/.exec(key)
  if (!match?.[1] || !match[2]) return undefined
  return { prefix: match[1], secretHash: hashSecret(match[2]) }
}

/** 144 bits. */
export function makePassword(): string {
  return randomBytes(18).toString('base64url')
}

/** UUID version 7: in the order of their making, as the tables' indexes like them. */
export function makeId(): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
