/**
 * What better-auth refused, or null for anything else. Told by its shape and not by its class: the process holds better-auth twice, in the server's own
 * modules and in Next's bundle, and either may have made the one that is asked.
 */
export function refusedByAuth(error: unknown): { status: number; code: string } | null {
  if (!(error instanceof Error) || error.name !== 'APIError') return null
  const { statusCode, body } = error as Error & { statusCode?: unknown; body?: { code?: unknown } }
  if (typeof statusCode !== 'number' || statusCode >= 500) return null
  return { status: statusCode, code: typeof body?.code === 'string' ? body.code : '' }
}
