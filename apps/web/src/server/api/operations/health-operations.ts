import { z } from 'zod'
import type { Operation } from '../operation.ts'

const DOCUMENT_ID = 'readOpenApi'

export const OPENAPI: Operation = {
  ...{ id: DOCUMENT_ID, tag: 'Health', access: 'anyone', summary: 'Read this document' },
  description: 'OpenAPI 3.1, made of the same schemas that read the requests.',
  answers: [
    {
      status: 200,
      description: 'The document.',
      content: {
        'application/json': {
          schema: z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
          example: { openapi: '3.1.2', info: { title: 'Meterbook', version: '1.0.0' }, paths: {} },
        },
      },
    },
  ],
  problems: [],
  curl: '/api/v1/openapi.json',
}

const alive = (name: string): Operation => ({
  ...{ id: name, tag: 'Health', access: 'anyone', summary: 'Is the process alive?' },
  description: 'Looks at nothing else.',
  answers: [{ status: 200, description: 'It is.', content: { 'text/plain': { schema: z.string(), example: 'ok\n' } } }],
  problems: [],
  curl: `/${name}`,
})

const Readiness = z.looseObject({
  status: z.enum(['ready', 'unready']),
  components: z.record(z.string(), z.looseObject({ state: z.enum(['up', 'down']) })),
})
const component = { state: 'up' }

/** What is answered beside the routes of the interface, at the doors of the server. */
export const HEALTH: Readonly<Record<string, Operation>> = {
  '/healthz': alive('healthz'),
  '/livez': alive('livez'),
  '/readyz': {
    ...{ id: 'readyz', tag: 'Health', access: 'anyone', summary: 'Can the next request be served?' },
    description: 'Ready only when every store and every shard’s worker answers and the lag is below its limit.',
    answers: [
      {
        status: 200,
        description: 'Ready.',
        content: {
          'application/json': {
            schema: Readiness,
            example: { status: 'ready', components: { postgres: component, workers: component } },
          },
        },
      },
      {
        status: 503,
        description: 'Not ready; each part says why.',
        content: {
          'application/json': {
            schema: Readiness,
            example: {
              status: 'unready',
              components: { workers: { state: 'down', detail: 'expected an owner for each shard, found none for 1' } },
            },
          },
        },
      },
    ],
    problems: [],
    curl: '/readyz',
  },
  '/metrics': {
    ...{ id: 'metrics', tag: 'Health', access: 'anyone', summary: 'Read the metrics' },
    description: 'Prometheus text. No ids of tenants.',
    answers: [
      {
        status: 200,
        description: 'The metrics.',
        content: { 'text/plain': { schema: z.string(), example: 'portal_up{component="postgres"} 1\n' } },
      },
    ],
    problems: [],
    curl: '/metrics',
  },
}
