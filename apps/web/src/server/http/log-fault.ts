const FRAMES_MAX = 8

/**
 * What a log may hold of an error: its kind, its code and where it arose. Not its message: the words of a store or a parser quote what they were given,
 * which may be a payload.
 */
export function loggedFault(error: unknown): { error: string; code?: string; at?: string[] } {
  if (!(error instanceof Error)) return { error: typeof error }
  const { code } = error as { code?: unknown }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    error: error.name,
    ...(typeof code === 'string' && { code }),
    at: frames.slice(0, FRAMES_MAX).map((line) => line.trim().slice('at '.length)),
  }
}
