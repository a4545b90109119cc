type Failure = { message: string; data?: { code?: string; requestId?: string | null } | null | undefined }

const TITLES: Record<string, string> = {
  INTERNAL_SERVER_ERROR: 'The answer could not be computed',
  TIMEOUT: 'The answer took too long',
  TOO_MANY_REQUESTS: 'Too many questions at once',
  FORBIDDEN: 'You may not see this',
  NOT_FOUND: 'This is not here',
  PRECONDITION_FAILED: 'Not now',
}

/** A failed read in words: what kind of failure, what it says, and the id by which those who run the platform find it. */
export function errorWords(error: unknown): { title: string; detail: string; requestId: string | null } {
  const { message, data } = (error ?? { message: '' }) as Failure
  const title = TITLES[data?.code ?? '']
  const requestId = data?.requestId ?? null
  // no code: the server was not reached, and what the browser says of that is of no use to anybody
  if (data?.code === undefined) return { title: 'The server does not answer', detail: '', requestId }
  return { title: title ?? message, detail: title === undefined || message === title ? '' : message, requestId }
}
