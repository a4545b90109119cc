import { ENVIRONMENT_DEFAULT, EVENT_MEDIA_TYPES } from '@meterbook/core/event'
import { EVENT_AHEAD_DAYS_MAX } from '@meterbook/core/projection'
import { cureOf, QUARANTINE_REASONS } from '@meterbook/core/quarantine'
import { code, type DocPage, list, section, table, text } from '../../features/docs/doc-page.ts'
import { WAIT_SECONDS_MAX } from '../ingest/preferences.ts'

const [ONE, BATCH, EITHER, LINES] = EVENT_MEDIA_TYPES

/** What an event is, how it travels, and what makes two of them one. */
export function eventsPage(): DocPage {
  return {
    path: '/docs/events',
    title: 'Events',
    lead: 'Usage is sent as CloudEvents 1.0 over HTTP. This is what an event holds, in which forms it may come, and when it counts.',
    sections: [
      section(
        'What an event holds',
        table(
          'Attributes of an event',
          ['attribute', 'needed', 'what it is'],
          [
            ['`specversion`', 'yes', '`"1.0"`'],
            ['`id`', 'yes', 'Unique within its source. Make it once, and keep it for every retry'],
            ['`source`', 'yes', 'Who reports: a URI reference, compared as it is written'],
            ['`type`', 'yes', 'What happened. Meters select by it'],
            ['`time`', '', 'When it happened: RFC 3339, kept to the microsecond. Missing or null: the time of receipt'],
            ['`subject`', 'by some meters', 'Who used it'],
            ['`data`', '', 'An object, or null: what meters measure'],
            ['`environment`', '', `Where it ran. Default: \`${ENVIRONMENT_DEFAULT}\``],
            ['`installation`', '', 'The customer’s site that used the app'],
            ['`app`', 'by platform keys', 'The app, by id or slug. Who pays is never read from an event'],
          ],
        ),
        text(
          'Numbers in `data` are read exactly: `0.1` is a tenth, with as many digits as you send. Texts that are numbers count as numbers.',
        ),
      ),
      section(
        'Modes',
        table(
          'Content types',
          ['content type', 'body'],
          [
            [`\`${ONE}\``, 'one event'],
            [`\`${BATCH}\``, 'an array of events; it may be empty'],
            [`\`${EITHER}\``, 'either'],
            [`\`${LINES}\``, 'one event a line, for bulk'],
            ['any JSON type, with `ce-*` headers', 'binary mode: the attributes are headers, the body is `data`'],
          ],
        ),
        text(
          'We solicit batches. `Content-Encoding: gzip` is accepted, and so is a parameter on the content type. How much fits is on [Limits](/docs/limits).',
        ),
        code(
          'sh',
          'the request in binary mode',
          `curl -sS "$ORIGIN/api/v1/events" -H "Authorization: Bearer $METERBOOK_KEY" \\
  -H 'ce-specversion: 1.0' -H 'ce-id: 4711' -H 'ce-source: /checkout' -H 'ce-type: request' \\
  -H 'Content-Type: application/json' -d '{"method":"GET","route":"/orders"}'`,
        ),
      ),
      section(
        'Answers',
        list(
          '`204`: every event is committed to disk. Not before.',
          '`200` with a receipt: you asked for one (`Prefer: return=representation`), or some events were refused. The good ones are taken all the same, and the receipt says which were not, and why.',
          `\`Prefer: wait=N\`: the answer waits up to N seconds, at most ${WAIT_SECONDS_MAX}, for the verdict of each.`,
          '`4xx`: nothing was taken. Mend the request; see [Errors](/docs/errors).',
          '`429` and `503`: nothing is certain to have been taken. Wait for `Retry-After` and send the same events again.',
        ),
      ),
      section(
        'Sent twice, counted once',
        text(
          'The app, `source` and `id` identify an event **for ever**: there is no window after which a retry would count again. Retry as often as you like, with the same id.',
        ),
        table(
          'What a repetition becomes',
          ['same source and id, and', 'becomes', 'counted'],
          [
            ['the same content', 'a duplicate', 'once'],
            [
              'the same content, another time',
              'a duplicate: time is part of neither identity nor content, and the first one stands',
              'once',
            ],
            ['other content', 'a conflict: the first stands, the second is quarantined', 'once'],
          ],
        ),
        text(
          'Content is `type`, `subject`, `environment`, `installation` and `data`, compared as values: the order of members and the writing of numbers do not matter. There is no idempotency header for events, because they carry their own.',
        ),
      ),
      section(
        'Verdicts',
        list(
          '**counted**: at least one meter measured it.',
          '**duplicate**, **conflict**: see above.',
          '**quarantined**: taken and kept, and not counted yet. Nothing is lost; whoever cures the reason replays it.',
          '**cancelled**, **dismissed**: an operator’s act, with a reason and a name.',
        ),
        table(
          'Why an event is quarantined',
          ['reason', 'what to do'],
          QUARANTINE_REASONS.map((reason) => [`\`${reason}\``, cureOf({ verdict: 'quarantined', reason })?.text ?? '']),
        ),
        text(`A time more than ${EVENT_AHEAD_DAYS_MAX} days ahead, or before 2000, is taken for a broken clock.`),
      ),
      section(
        'Late events',
        text(
          'An event counts in the hour in which it happened, whenever it comes. While the month is open its figures move; after the month is closed, late usage becomes a correction in the open month and points back to the day it belongs to. See [FOCUS](/docs/focus).',
        ),
      ),
    ],
  }
}
