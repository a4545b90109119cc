import { startTestServers } from './test-servers.ts'

/** Vitest calls it once, before any test file: one set of servers for the whole run, ended after the last file. */
export default async function setup(): Promise<() => Promise<void>> {
  const servers = await startTestServers()
  return () => servers.stop()
}
