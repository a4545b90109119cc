// Sign-in: the one page without a session.
// Promises: works without script, lets password managers in, says the same for an unknown address and a wrong password.
// Does not know: how sessions are kept.

/**
 * Where to go after signing in: a path of this origin, or `/`. Anything a browser could read as another origin (`//host`, `/\host`, a
 * scheme, a control character) is dropped.
 */
export function readReturnPath(value: string | string[] | undefined | null): string {
  if (typeof value !== 'string' || value.length > 2000) return '/'
  return /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(value) && !value.startsWith('/sign-in') ? value : '/'
}
