/** What a kind of problem is called in its `type`, when it comes, and what its reader can do: one page of the error catalogue each. */
export interface ProblemType {
  status: number
  /** What happened, in a few words. */
  summary: string
  /** When it comes. */
  meaning: string
  /** What to do, the likeliest first. */
  remedies: readonly string[]
  /** Whether the same request may succeed later. */
  isRetryable: boolean
}

const type = (
  status: number,
  summary: string,
  meaning: string,
  remedies: readonly string[],
  isRetryable = false,
): ProblemType => ({ status, summary, meaning, remedies, isRetryable })

/**
 * Every problem that this house answers with. A problem names its type by a key of this table, so that none can be sent without a page that
 * explains it.
 */
export const PROBLEM_TYPES = {
  'invalid-request': type(
    400,
    'The request cannot be read or makes no sense',
    'A parameter, a header or the body is missing, malformed or contradicts another. Nothing was done.',
    [
      'Read `detail`: it says what was expected and what was found.',
      'Where `extensions.validationErrors` is there, each entry names a `field`, a `code` and a `message`.',
    ],
  ),
  'invalid-events': type(
    400,
    'None of the events sent could be taken',
    'Every event of the request is malformed as a CloudEvent. A batch with at least one good event is taken in part and answered with 200 and a receipt instead.',
    [
      'Look at `extensions.validationErrors`: `index` is the event’s place in the batch, `field` the attribute.',
      'Send the corrected events again. Nothing of this request was kept.',
    ],
  ),
  unauthenticated: type(
    401,
    'Nobody is known by these credentials',
    'There is no key, or it is unknown, revoked or expired. Statements and evidence want the session of somebody who signed in to the portal.',
    [
      'Send `Authorization: Bearer <key>`, with the key exactly as it was shown when it was made.',
      'Look in the portal, under Keys, whether the key was revoked or has run out.',
    ],
  ),
  forbidden: type(
    403,
    'These credentials are known, and not allowed to do this',
    'The key has not got the right, or the events are outside its scope; or the person may not see this.',
    [
      'Make a key with the right that `detail` names, or ask an admin of the developer space.',
      'An app’s key sends and reads for that app only.',
    ],
  ),
  'not-found': type(
    404,
    'There is no such thing, or not for you',
    'The path, the meter, the event or the statement does not exist, or belongs to somebody else. Both get the same answer.',
    ['Check the id or slug.', 'List what there is: `GET /api/v1/meters`, `GET /api/v1/statements?space=…`.'],
  ),
  'method-not-allowed': type(
    405,
    'The path does not know this method',
    'The header `Allow` names the methods it knows.',
    ['Use one of the methods in `Allow`.'],
  ),
  'request-timeout': type(
    408,
    'The request came too slowly',
    'Headers have 15 seconds, a whole request one minute, and a body may not pause for longer than 10 seconds.',
    ['Send it again. Events that were sent before count once.'],
    true,
  ),
  conflict: type(409, 'It contradicts what is there', 'Something else has that name or has moved on meanwhile.', [
    'Read the present state and decide again.',
  ]),
  'too-large': type(
    413,
    'The request is too large',
    'A request may have 10 MB and 10,000 events, an event 64 KB; a question 1 MB.',
    ['Send smaller batches.', 'Compress with `Content-Encoding: gzip`; the limits hold for what it unpacks to.'],
  ),
  'unsupported-media-type': type(
    415,
    'The content type or coding is not one that can be read',
    'Events come as one of five content types, questions as JSON; the only coding is gzip.',
    ['Use a content type that the header `Accept` of the answer names.'],
  ),
  'expectation-failed': type(417, 'The only expectation is 100-continue', 'The header `Expect` said something else.', [
    'Leave `Expect` out.',
  ]),
  'quota-exceeded': type(
    429,
    'This key has sent too much in too short a time',
    'A limit of this key was reached. Nothing of the request was taken. `violated-policies` names the limit; the headers `RateLimit-Policy` and `RateLimit` say how much it is and when it is whole again.',
    ['Wait as long as `Retry-After` says, then send the same events again.', 'Send more events in each request.'],
    true,
  ),
  'headers-too-large': type(431, 'The headers are too large', 'All headers together may have 16 KiB.', [
    'Send fewer or shorter headers.',
  ]),
  'internal-error': type(
    500,
    'Something went wrong on our side',
    'A fault of ours, noted under the id in `instance`. Events may be sent again: each counts once.',
    ['Try once more.', 'If it stays, tell the operator the id in `instance`.'],
    true,
  ),
  'not-implemented': type(
    501,
    'Part of the interface, and not built',
    'The path belongs to the interface that OpenMeter’s client speaks, or to our contract, and is not implemented here.',
    ['See the reference for what is there.'],
  ),
  'temporarily-unavailable': type(
    503,
    'It cannot be done right now',
    'A store does not answer, or so much waits to be counted that no more is taken. An event that was refused so was not acknowledged, and may be sent again without being counted twice.',
    ['Wait as long as `Retry-After` says and send the same again.', 'Look at the status page.'],
    true,
  ),
} as const satisfies Record<string, ProblemType>

export type ProblemTypeName = keyof typeof PROBLEM_TYPES

/** What a status means where nothing more particular is said. */
export function problemTypeOf(status: number): ProblemTypeName {
  const named = BY_STATUS.get(status)
  if (named !== undefined) return named
  return status >= 500 ? 'internal-error' : 'invalid-request'
}

const BY_STATUS = new Map<number, ProblemTypeName>([
  [400, 'invalid-request'],
  [401, 'unauthenticated'],
  [403, 'forbidden'],
  [404, 'not-found'],
  [405, 'method-not-allowed'],
  [408, 'request-timeout'],
  [409, 'conflict'],
  [413, 'too-large'],
  [415, 'unsupported-media-type'],
  [417, 'expectation-failed'],
  [429, 'quota-exceeded'],
  [431, 'headers-too-large'],
  [500, 'internal-error'],
  [501, 'not-implemented'],
  [503, 'temporarily-unavailable'],
])
