// Catalogue: what the pages of meters, prices and entitlements share: moments as people type them, and forms that show what they change before they save.
// Promises: what is shown before saving is of exactly what is saved; nothing that was typed is lost.
// Does not know: meters, prices, rights.

/** A day or a minute as somebody types it, in UTC, as RFC 3339; anything else as it is, for the schema to refuse. */
export function typedMoment(text: string): string {
  const trimmed = text.trim().replace(' ', 'T')
  if (/^\d{4}-\d\d-\d\d$/.test(trimmed)) return `${trimmed}T00:00:00Z`
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(trimmed)) return `${trimmed}:00Z`
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/.test(trimmed)) return `${trimmed}Z`
  return trimmed
}

/** True for a moment that is over; false for one ahead, and for what is none. */
export function isPast(text: string, nowMs: number): boolean {
  return Date.parse(typedMoment(text)) < nowMs
}

/** The first of next month, as somebody would type it. */
export function nextMonth(nowMs: number): string {
  const now = new Date(nowMs)
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 10)
}
