import { randomInt } from 'node:crypto'
import net from 'node:net'
import { StackFault } from './fault.ts'

// Below the range that systems hand to outgoing connections (32768 and up): a server that is restarted on its port must
// not find a client's socket sitting there.
const portMin = 20_000
const portMax = 30_000
const triesMax = 200

/** A loopback port nobody listens on now. Somebody may take it before we do: the caller tries another then. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(portMin, portMax)
    if (await isPortFree(port)) return port
  }
  throw new StackFault(`no free port found on 127.0.0.1 between ${portMin} and ${portMax} in ${triesMax} tries`)
}

/** Whether a server could listen on 127.0.0.1:`port` now. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}
