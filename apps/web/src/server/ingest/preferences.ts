import type { IncomingMessage } from 'node:http'

/** The longest that a request is held for its verdicts. */
export const WAIT_SECONDS_MAX = 30

export type Preferences = {
  /** The sender wants a receipt. */
  wantsReceipt: boolean
  /** How long to wait for the final verdicts; 0: not at all. */
  waitSeconds: number
}

/** RFC 7240 `Prefer`. What is unknown or malformed is ignored, as the RFC says; the first of equal preferences counts. */
export function readPreferences(req: IncomingMessage): Preferences {
  const header = req.headers.prefer
  if (header === undefined) return NONE
  const given = new Map<string, string>()
  for (const part of String(header).split(',')) {
    const [, name, value = ''] = /^\s*([\w-]+)\s*(?:=\s*"?([\w-]*)"?)?/.exec(part) ?? []
    if (name !== undefined && !given.has(name.toLowerCase())) given.set(name.toLowerCase(), value.toLowerCase())
  }
  const wait = /^\d{1,9}$/.test(given.get('wait') ?? '') ? Number(given.get('wait')) : 0
  const waitSeconds = Math.min(wait, WAIT_SECONDS_MAX)
  return { wantsReceipt: given.get('return') === 'representation' || given.has('wait'), waitSeconds }
}

/** What was honoured, for `Preference-Applied`. */
export function appliedPreferences({ wantsReceipt, waitSeconds }: Preferences): string | undefined {
  if (!wantsReceipt) return undefined
  return waitSeconds > 0 ? `return=representation, wait=${waitSeconds}` : 'return=representation'
}

const NONE: Preferences = { wantsReceipt: false, waitSeconds: 0 }
