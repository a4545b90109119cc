/**
 * Origins whose forms and scripts may sign in: the one people use, and the loopback names of the same port, because the start line says
 * 127.0.0.1 and half of all people type localhost.
 */
export function trustedOrigins(env: { url: string; port: number }): string[] {
  return [...new Set([new URL(env.url).origin, `http://127.0.0.1:${env.port}`, `http://localhost:${env.port}`])]
}
