/**
 * What of better-auth can be reached over HTTP, and for whom. Everything else it has (and whatever its next version brings) is not there: the portal calls it
 * from procedures and forms, which state their rights themselves. `own session`: acts upon the session that comes with it, if any.
 */
export const AUTH_PATHS: Readonly<Record<string, { method: 'GET' | 'POST'; right: 'anyone' | 'own session' }>> = {
  '/ok': { method: 'GET', right: 'anyone' },
  '/sign-in/email': { method: 'POST', right: 'anyone' },
  '/two-factor/verify-totp': { method: 'POST', right: 'anyone' },
  '/two-factor/verify-backup-code': { method: 'POST', right: 'anyone' },
  '/request-password-reset': { method: 'POST', right: 'anyone' },
  '/reset-password': { method: 'POST', right: 'anyone' },
  '/get-session': { method: 'GET', right: 'own session' },
  '/sign-out': { method: 'POST', right: 'own session' },
}

const BASE = '/api/auth'

export function isAuthPath(request: { url: string; method: string }): boolean {
  const { pathname } = new URL(request.url)
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : ''
  return Object.hasOwn(AUTH_PATHS, path) && AUTH_PATHS[path]?.method === request.method
}
