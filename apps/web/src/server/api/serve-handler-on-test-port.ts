import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A handler behind a port of its own, to be asked as its users ask. `close` ends what is still open. */
export async function serveOnTestPort(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
