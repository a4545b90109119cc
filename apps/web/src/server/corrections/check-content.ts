import { type EventError, readEvents, TEST_INSTALLATION } from '@meterbook/core/event'

export type CheckedContent = { ok: true; text: string } | { ok: false; errors: EventError[] }

/**
 * New content for an event that was taken: checked as the door checks what is sent, and of the same source and id, because it is to stand
 * for the same event. Which app it is for was decided when it was taken.
 */
export function checkContent(
  text: string,
  original: { source: string; id: string; app: string | null; installation: string | null },
): CheckedContent {
  const read = readEvents('structured', text)
  if (!read.ok) {
    const message = read.code === 'count' ? 'expected one event' : read.message
    return { ok: false, errors: [{ field: '', code: read.code === 'json' ? 'json' : 'structure', message }] }
  }
  const [event] = read.events
  if (event === undefined) {
    return { ok: false, errors: [{ field: '', code: 'structure', message: 'expected an event: a JSON object' }] }
  }
  if (!event.ok) return { ok: false, errors: event.errors }
  const errors: EventError[] = []
  for (const field of ['source', 'id', 'app'] as const) {
    if (event.event[field] === original[field]) continue
    errors.push({
      field,
      code: 'forbidden',
      message: `expected ${field} as it was sent: an edited copy is the same event`,
    })
  }
  if ((event.event.installation === TEST_INSTALLATION) !== (original.installation === TEST_INSTALLATION)) {
    const message =
      'expected a test event to stay one, and usage to stay usage: an edited copy costs what the event costs'
    errors.push({ field: 'installation', code: 'forbidden', message })
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, text: event.text }
}
