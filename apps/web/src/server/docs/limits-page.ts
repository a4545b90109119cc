import { BATCH_EVENTS_MAX, DATA_DEPTH_MAX, EVENT_BYTES_MAX } from '@meterbook/core/event'
import { EVENT_AHEAD_DAYS_MAX } from '@meterbook/core/projection'
import { ALLOWED_LATENESS_MICROS, DISORDER_MICROS, WINDOWS_MAX } from '@meterbook/core/window'
import { USAGE_ROWS_MAX } from '@meterbook/db/clickhouse'
import { type DocPage, list, section, table, text } from '../../features/docs/doc-page.ts'
import { BODY_BYTES_MAX } from '../api/json-body.ts'
import { publishedDocument } from '../api/published-operations.ts'
import { ROUTES } from '../api/route-table.ts'
import { USAGE_DAYS_MAX } from '../api/usage-question.ts'
import { getWebEnv } from '../env.ts'
import { REQUEST_TIMEOUTS } from '../http/request-timeouts.ts'
import { WAIT_SECONDS_MAX } from '../ingest/preferences.ts'
import { BODY_LIMITS } from '../ingest/read-body.ts'

/** The limits that this process enforces, read from where it takes them itself. */
export function limitsPage(): DocPage {
  const { ingestEventsPerMinute } = getWebEnv()
  return {
    path: '/docs/limits',
    title: 'Limits',
    lead: 'What fits in a request, how much a key may send, and how far questions reach. Read from the configuration in use.',
    sections: [
      section(
        'Sending',
        table(
          'Limits of sending',
          ['what', 'at most', 'beyond it'],
          [
            ['a request’s body, as sent and unpacked', bytes(BODY_LIMITS.bytesMax), '413'],
            ['events of a request', count(BATCH_EVENTS_MAX), '413'],
            ['an event', bytes(EVENT_BYTES_MAX), '413; in a batch that event is refused alone'],
            ['nesting of `data`', `${DATA_DEPTH_MAX} levels`, '400; in a batch that event alone'],
            ['pause within a body', seconds(BODY_LIMITS.idleMs), '408'],
            ['headers, from the first byte to the last', seconds(REQUEST_TIMEOUTS.headersTimeout), '408'],
            ['a whole request', seconds(REQUEST_TIMEOUTS.requestTimeout), '408'],
            ['`Prefer: wait`', `${WAIT_SECONDS_MAX} s`, 'it waits that long'],
            ['an event’s time, ahead of its receipt', `${EVENT_AHEAD_DAYS_MAX} days`, 'quarantined'],
          ],
        ),
      ),
      section(
        'Rates',
        table(
          'Rates of a key',
          ['policy', 'at most', 'window'],
          [
            [
              '`events`',
              `${count(ingestEventsPerMinute)} events a key, or less where the key has a limit of its own`,
              '60 s',
            ],
            ['`requests`', 'as the key says; without a limit of its own: none', '60 s'],
          ],
        ),
        text(
          'Counted by each web process on its own. Answers carry the fields of the current draft: `RateLimit-Policy: "events";q=6000;w=60` names the limit, `RateLimit: "events";r=5990;t=42` what is left and in how many seconds it is whole again. Beyond it: `429` with `Retry-After`, which is never earlier than `t`. Nothing of that request was taken.',
        ),
        list(
          'When the pipeline as a whole can bear no more, the answer is `503` with `Retry-After`, whoever asks.',
          'Reading is not limited by payment or by a budget.',
        ),
      ),
      section(
        'Reading',
        table(
          'Limits of questions',
          ['what', 'at most'],
          [
            ['a question’s body', bytes(BODY_BYTES_MAX)],
            ['rows of an answer', count(USAGE_ROWS_MAX)],
            ['windows of a question', count(WINDOWS_MAX)],
            ['days of `GET /api/v1/usage`', count(USAGE_DAYS_MAX)],
            ...pageSizes().map(([path, most]) => [`page of \`${path}\``, count(most)]),
          ],
        ),
      ),
      section(
        'Time',
        list(
          `A window settles for ${ALLOWED_LATENESS_MICROS / 3_600_000_000n} hours after it ends: late usage still moves it. Then it is final.`,
          `Events may come out of order by ${DISORDER_MICROS / 60_000_000n} minutes before a window counts as over.`,
          'Duplicates are recognised for ever: there is no window.',
          'Events are kept for ever, as they were received.',
        ),
      ),
    ],
  }
}

/** What the published document says of `limit`, route by route. */
function pageSizes(): [string, number][] {
  return Object.entries(publishedDocument(ROUTES).paths).flatMap(([path, { get }]): [string, number][] => {
    const most = get?.parameters.find(({ name }) => name === 'limit')?.schema.maximum
    return typeof most === 'number' ? [[path, most]] : []
  })
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function bytes(number: number): string {
  return number % 1_048_576 === 0 ? `${number / 1_048_576} MiB` : `${number / 1024} KiB`
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
