import { code, type DocPage, list, section, table, text } from '../../features/docs/doc-page.ts'
import { PROBLEM_CONTENT_TYPE, problemTypeUrl } from '../http/problem.ts'
import { PROBLEM_TYPES, type ProblemTypeName } from '../http/problem-types.ts'

export const PROBLEM_NAMES = Object.keys(PROBLEM_TYPES) as ProblemTypeName[]

/** The catalogue of errors. */
export function errorsPage(): DocPage {
  return {
    path: '/docs/errors',
    title: 'Errors',
    lead: 'Every error is a problem document of RFC 9457. Its `type` leads to the page that explains it.',
    sections: [
      section(
        'All types',
        table(
          'Problem types',
          ['status', 'type', 'what happened', 'try again?'],
          PROBLEM_NAMES.map((name) => {
            const { status, summary, isRetryable } = PROBLEM_TYPES[name]
            return [
              `${status}`,
              `[${name}](/docs/errors/${name})`,
              summary,
              isRetryable ? 'yes, later' : 'not as it is',
            ]
          }),
        ),
      ),
      section(
        'How a problem looks',
        text(
          `The content type is exactly \`${PROBLEM_CONTENT_TYPE}\`. \`detail\` says what was expected and what was found; \`instance\` has the id of the request, which is also in \`X-Request-Id\` and in our logs.`,
        ),
        code('json', 'the example of a problem', exampleOf('invalid-request')),
      ),
      section(
        'Retrying',
        list(
          'Wait at least as long as `Retry-After` says, where it is there.',
          'Otherwise begin at a second, double it each time, and add some chance, up to a minute.',
          'Keep the ids of your events: sent again, each counts once.',
        ),
      ),
    ],
  }
}

/** What the `type` of a problem leads to. */
export function problemPage(name: ProblemTypeName): DocPage {
  const { status, summary, meaning, remedies, isRetryable } = PROBLEM_TYPES[name]
  return {
    path: `/docs/errors/${name}`,
    title: name,
    lead: `${status} · ${summary}.`,
    sections: [
      section('What it means', text(meaning)),
      section(
        'What to do',
        list(...remedies),
        text(
          isRetryable ? 'The same request may succeed later.' : 'The same request will not succeed: it has to change.',
        ),
      ),
      section('How it looks', code('json', `the example of ${name}`, exampleOf(name))),
      section('The others', text('All types are on [Errors](/docs/errors).')),
    ],
  }
}

function exampleOf(name: ProblemTypeName): string {
  const { status, summary } = PROBLEM_TYPES[name]
  const isEvents = name === 'invalid-events' || name === 'invalid-request'
  const error = { field: 'id', code: 'empty', message: 'expected at least one character' }
  const problem = {
    type: problemTypeUrl(name),
    title: summary,
    status,
    detail: 'what was expected, and what was found',
    instance: 'urn:request:3f0c1f0e-6a3b-4c1e-9d1e-2b7f5a9c0d11',
    ...(name === 'quota-exceeded' && { 'violated-policies': ['events'] }),
    ...(isEvents && { extensions: { validationErrors: [error] } }),
  }
  return JSON.stringify(problem, null, 2)
}
