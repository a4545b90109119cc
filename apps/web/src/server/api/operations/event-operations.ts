import { CloudEvent, type EVENT_MEDIA_TYPES, EventReceipt } from '@meterbook/core/event'
import { z } from 'zod'
import { EventsQuery } from '../event-routes.ts'
import { InstantOut, type Operation } from '../operation.ts'

const Verdict = z.enum(['counted', 'duplicate', 'conflict', 'quarantined', 'cancelled', 'dismissed'])

const SENT = {
  specversion: '1.0',
  id: '5c2b7d34-6f4f-4d0e-9a0e-1f6f9a3d2a11',
  source: '/checkout',
  type: 'prompt',
  subject: 'customer-1',
  time: '2026-11-01T12:00:00Z',
  data: { tokens: 1530.5, model: 'plover-small', type: 'input' },
}

const EventItem = z
  .object({
    event: z.looseObject({
      specversion: z.literal('1.0'),
      id: z.string(),
      source: z.string(),
      type: z.string(),
      subject: z.string().optional(),
      time: InstantOut,
      data: z.unknown().optional(),
    }),
    verdict: Verdict,
    reason: z.string().optional(),
    detail: z.string().optional(),
    validationError: z.string().optional().meta({ description: 'Why it was not counted, in the words of OpenMeter.' }),
    ingestedAt: InstantOut,
    storedAt: InstantOut,
  })
  .meta({ id: 'EventItem' })

const EventLife = z
  .looseObject({
    app: z.object({ id: z.string(), slug: z.string() }),
    source: z.string(),
    id: z.string(),
    type: z.string(),
    subject: z.string().nullable(),
    time: InstantOut,
    environment: z.string(),
    installation: z.string().nullable(),
    isTest: z.boolean(),
    state: z.enum([...Verdict.options, 'taken']),
    received: z.looseObject({ at: InstantOut }),
    trace: z
      .object({
        id: z.string(),
        isGiven: z.boolean(),
        givenBy: z.enum(['event', 'request']).nullable(),
        steps: z.array(z.object({ step: z.string(), at: InstantOut, seconds: z.number() })),
      })
      .optional()
      .meta({
        description: 'Its way to the rollups: when each step was reached, and the seconds since the one before.',
      }),
    content: z.string().nullable().meta({ description: 'The event as it was received, to the byte.' }),
  })
  .meta({ id: 'EventLife' })

const RECEIPT = {
  receivedAt: '2026-11-01T12:00:00.123456Z',
  taken: 1,
  refused: 0,
  journal: [
    {
      shard: 1,
      number: '48213',
      digest: 'b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78',
      events: 1,
    },
  ],
  events: [{ index: 0, verdict: 'counted', journal: 0, position: 0 }],
}

const [ONE, BATCH, JSON_TYPE, LINES] = [
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/json',
  'application/x-ndjson',
] as const satisfies readonly (typeof EVENT_MEDIA_TYPES)[number][]

export const SEND_EVENTS: Operation = {
  ...{ id: 'sendEvents', tag: 'Sending', access: 'key', summary: 'Send events' },
  description:
    'CloudEvents 1.0, structured, as a batch, as lines, or in binary mode (`ce-*` headers, the body is `data`). A 204 means that every event is committed to disk. `source` and `id` identify an event for ever: sent again, it counts once. We solicit batches of up to 10,000 events and 10 MB; `Content-Encoding: gzip` is welcome.',
  headers: {
    Prefer: {
      description:
        '`return=representation` answers 200 with a receipt; `wait=N` waits up to N seconds (at most 30) for the verdict of each event.',
      example: 'return=representation, wait=5',
    },
    'Content-Encoding': { description: '`gzip`, or nothing.' },
    traceparent: {
      description:
        'W3C Trace Context. If it is sampled, the trace is kept on the receipts of the events for 30 days; a `traceparent` of an event comes before it.',
      example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  },
  body: {
    isRequired: true,
    content: {
      [ONE]: { schema: CloudEvent, example: SENT },
      [BATCH]: { schema: z.array(CloudEvent), example: [SENT] },
      [JSON_TYPE]: { schema: z.union([CloudEvent, z.array(CloudEvent)]), example: SENT },
      [LINES]: { schema: z.string(), example: `${JSON.stringify(SENT)}\n` },
    },
  },
  answers: [
    {
      status: 204,
      description: 'All were taken, and are on disk.',
      headers: {
        'RateLimit-Policy': 'The limits of this key: `"events";q=6000000;w=60`.',
        RateLimit: 'What is left of them, and when they are whole again: `"events";r=5999999;t=60`.',
      },
    },
    {
      status: 200,
      description: 'The receipt: it was asked for, or some of the events were refused.',
      content: { 'application/json': { schema: EventReceipt.meta({ id: 'EventReceipt' }), example: RECEIPT } },
    },
  ],
  problems: [400, 401, 403, 408, 413, 415, 429],
  curl: `-H "Authorization: Bearer $KEY" -H "Content-Type: application/cloudevents+json" -d '{"specversion":"1.0","id":"1","source":"/checkout","type":"prompt","data":{"tokens":12}}' /api/v1/events`,
}

export const LIST_EVENTS: Operation = {
  ...{ id: 'listEvents', tag: 'Events', access: 'key', summary: 'List events' },
  description: 'Newest first, each with its verdict and, where it was not counted, why.',
  query: EventsQuery,
  answers: [
    {
      status: 200,
      description: 'A page of events.',
      headers: {
        Link: 'Where there is more: the next page, with `rel="next"`. It keeps its place while events arrive.',
      },
      content: {
        'application/json': {
          schema: z.array(EventItem),
          example: [
            {
              event: { ...SENT, datacontenttype: 'application/json' },
              verdict: 'counted',
              ingestedAt: '2026-11-01T12:00:00.123456Z',
              storedAt: '2026-11-01T12:00:00.123456Z',
            },
          ],
        },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" "/api/v1/events?verdict=quarantined&limit=20"`,
}

export const EVENT_LIFE: Operation = {
  ...{ id: 'readEventLife', tag: 'Events', access: 'key', summary: 'Read the life of one event' },
  description:
    'Step by step: received, identified, attributed, measured, in which windows, and what became of it since. `source` and `id` are percent-encoded.',
  path: {
    source: { description: 'The event’s source, percent-encoded.', example: '%2Fcheckout' },
    id: { description: 'The event’s id, percent-encoded.', example: '5c2b7d34-6f4f-4d0e-9a0e-1f6f9a3d2a11' },
  },
  query: z.object({ app: z.string().max(100).optional().meta({ description: 'For keys that read several apps.' }) }),
  answers: [
    {
      status: 200,
      description: 'Its life.',
      content: {
        'application/json': {
          schema: EventLife,
          example: {
            app: { id: '0197c4a2-7a51-7d3c-8000-0000000000a1', slug: 'sprint-radar' },
            source: '/checkout',
            id: '5c2b7d34-6f4f-4d0e-9a0e-1f6f9a3d2a11',
            type: 'prompt',
            subject: 'customer-1',
            time: '2026-11-01T12:00:00Z',
            environment: 'production',
            installation: null,
            isTest: false,
            state: 'counted',
            received: { at: '2026-11-01T12:00:00.123456Z' },
            usage: [{ meter: 'tokens_total', meterVersion: 1, quantity: '1530.5', unit: 'tokens' }],
            content: JSON.stringify(SENT),
          },
        },
      },
    },
  ],
  problems: [400, 401, 403, 404],
  curl: `-H "Authorization: Bearer $KEY" /api/v1/events/%2Fcheckout/1`,
}
