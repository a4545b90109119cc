import { code, type DocPage, section, steps, text } from '../../features/docs/doc-page.ts'
import { type SnippetLanguage, snippetsOf } from '../../features/keys/snippets.ts'
import { getOrigin } from '../env.ts'

const LANGUAGES: Record<SnippetLanguage, string> = { curl: 'sh', TypeScript: 'ts', Python: 'python', Go: 'go' }

/** The first event, in four languages: the same programs as beside a new key. */
export function quickstartPage(): DocPage {
  const origin = getOrigin()
  const data = '{"tokens":12,"model":"plover-small","type":"input"}'
  const snippets = snippetsOf({ origin, app: 'your-app', type: 'prompt', needsSubject: false, data })
  return {
    path: '/docs/quickstart',
    title: 'Quickstart',
    lead: 'From a key to a figure on a chart in three steps. It takes about two minutes.',
    sections: [
      section(
        'Get a key',
        steps(
          'Sign in to the portal and open **Keys** of your developer space.',
          'Make an ingest key for your app. It is shown once: put it where your app finds its secrets.',
          'Set it in the shell that you try this in.',
        ),
        code('sh', 'the way to set the key', 'export METERBOOK_KEY=mbk_…'),
      ),
      section(
        'Send an event',
        text(
          'An event says what happened: a `type` that a meter reads, an `id` that is its own, and `data` with the quantity. Send it in whichever language your app speaks; nothing has to be installed.',
        ),
      ),
      ...Object.entries(LANGUAGES).map(([language, syntax]) => ({
        ...section(language, code(syntax, `the ${language} program`, snippets[language as SnippetLanguage])),
        level: 3 as const,
      })),
      section(
        'See it counted',
        text(
          'The answer is a receipt: the event is committed to disk. A second or so later it is in every chart and every answer. Ask for the total:',
        ),
        code(
          'sh',
          'the query',
          `curl -sS '${origin}/api/v1/meters/tokens_total/query' \\\n  -H "Authorization: Bearer $METERBOOK_KEY"`,
        ),
        text(
          'Nothing there? Ask what became of it: `GET /api/v1/events` lists the newest events, each with its verdict and, where it was not counted, why. `Prefer: wait=5` on the sending request waits for the verdict.',
        ),
      ),
      section(
        'With a client you have',
        text(
          'Clients of OpenMeter work unchanged: give `@openmeter/sdk` this origin as `baseUrl` and your key as `apiKey`. Any CloudEvents library will do for sending: see [Events](/docs/events).',
        ),
        code(
          'ts',
          'the program with @openmeter/sdk',
          `import { OpenMeter } from '@openmeter/sdk'

const client = new OpenMeter({ baseUrl: '${origin}', apiKey: process.env.METERBOOK_KEY })
await client.events.ingest({ type: 'prompt', subject: 'customer-1', data: { tokens: 12 } })
console.log(await client.meters.query('tokens_total', { windowSize: 'DAY' }))`,
        ),
      ),
    ],
  }
}
