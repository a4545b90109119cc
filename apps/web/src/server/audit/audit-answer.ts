// server/audit: the log of what admins did, as pages and files show it.
// Promises: what stands here is what was hashed; hostile text leaves as text.
// Does not know: who may read it, how it is written.
import type { StoredAudit } from '@meterbook/db/postgres'
import { z } from 'zod'

const Text = z
  .string()
  .trim()
  .max(200)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'expected text without NUL characters' })
/** What an address or a form leaves empty is not asked. */
const Asked = Text.transform((text) => (text === '' ? undefined : text)).optional()
const Moment = Asked.refine((text) => text === undefined || !Number.isNaN(Date.parse(asUtc(text))), {
  error: 'expected a time such as 2026-11-01 or 2026-11-01 14:00, in UTC',
}).transform((text) => (text === undefined ? undefined : new Date(asUtc(text)).toISOString()))

/** Which entries, as an address says it. Times without a zone are in UTC. */
export const AuditQuestion = z.object({
  actor: Asked,
  act: Asked,
  type: Asked,
  target: Asked,
  space: Asked,
  request: Asked,
  from: Moment,
  to: Moment,
})
export type AuditQuestion = z.infer<typeof AuditQuestion>

function asUtc(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`
  return /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text
}

/** An entry as texts. `before` and `after`: JSON, or null where there is none. */
export function auditText({ sequence, entry, actorName, space, hash, previousHash }: StoredAudit) {
  return {
    sequence: sequence.toString(),
    isReadable: entry !== null,
    recordedAt: entry?.recordedAt ?? null,
    actor: actorName ?? entry?.actorId ?? (entry === null ? null : 'operator'),
    actorId: entry?.actorId ?? null,
    act: entry?.act ?? '',
    targetType: entry?.targetType ?? '',
    targetId: entry?.targetId ?? '',
    space,
    reason: entry?.reason ?? null,
    requestId: entry?.requestId ?? null,
    before: jsonText(entry?.before),
    after: jsonText(entry?.after),
    hash,
    previousHash,
  }
}
export type AuditText = ReturnType<typeof auditText>

function jsonText(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
