import { z } from 'zod'
import { EventError } from './usage-event.ts'

/**
 * What a sender is told about each event. `taken`: committed to disk, not yet worked on. `counted`, `duplicate`,
 * `conflict`, `quarantined`: what became of it. `refused`: never taken, see `validationErrors`.
 */
export const EventReceipt = z.object({
  receivedAt: z.string().meta({ description: 'RFC 3339, to the microsecond' }),
  traceId: z.string().optional().meta({ description: 'The trace of the request, where its traceparent is sampled' }),
  taken: z.int(),
  refused: z.int(),
  journal: z
    .array(z.object({ shard: z.int(), number: z.string(), digest: z.string(), events: z.int() }))
    .meta({ description: 'Where the events stand for ever; digest: SHA-256 of the row before compression' }),
  events: z.array(
    z.object({
      index: z.int().meta({ description: 'Which event of the request, from 0' }),
      line: z.int().optional().meta({ description: 'NDJSON: its line, from 1' }),
      verdict: z.enum(['taken', 'counted', 'duplicate', 'conflict', 'quarantined', 'refused']),
      reason: z.string().optional(),
      detail: z.string().optional(),
      journal: z.int().optional().meta({ description: 'Index into journal' }),
      position: z.int().optional().meta({ description: 'Which event of that journal row, from 0' }),
      validationErrors: z.array(EventError).optional(),
    }),
  ),
})
export type EventReceipt = z.infer<typeof EventReceipt>
