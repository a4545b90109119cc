import { hash, randomBytes, randomInt } from 'node:crypto'

const PREFIX_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'
const PREFIX_LENGTH = 12
const SECRET_BYTES = 32
const FORM = /^(mbk|mbs)_([A-Za-z0-9]{8,32})_([A-Za-z0-9_-]{43})$/

export type KeyKind = 'ingest' | 'service'

/** A new key: `mbk_<prefix>_<secret>` of an app, `mbs_…` of a platform service. `key` is shown once and kept nowhere; 256 bits are secret. */
export function makeKey(kind: KeyKind): { key: string; prefix: string; secretHash: Buffer } {
  const prefix = Array.from(
    { length: PREFIX_LENGTH },
    () => PREFIX_CHARACTERS[randomInt(PREFIX_CHARACTERS.length)],
  ).join('')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  return { key: `${kind === 'ingest' ? 'mbk' : 'mbs'}_${prefix}_${secret}`, prefix, secretHash: hashSecret(secret) }
}

/** The parts of a key's text; null if it can be none. The secret itself may hold `_`. */
export function readKey(key: string): { kind: KeyKind; prefix: string; secretHash: Buffer } | null {
  const match = FORM.exec(key)
  if (!match) return null
  const [, kind, prefix = '', secret = ''] = match
  return { kind: kind === 'mbk' ? 'ingest' : 'service', prefix, secretHash: hashSecret(secret) }
}

function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
