import type { IncomingMessage, ServerResponse } from 'node:http'

type Listener = (req: IncomingMessage, res: ServerResponse) => void

const held = new WeakSet<IncomingMessage>()

/**
 * For `server.on('checkContinue', holdContinue(listener))`: lets the listener look at the headers before the client sends
 * the body, so that a bad key or a body too large costs neither side the transfer. Whoever then reads the body must call
 * sendContinue first, or the client waits for it.
 */
export function holdContinue(listener: Listener): Listener {
  return (req, res) => {
    held.add(req)
    listener(req, res)
  }
}

/** Asks the client for the body, if it is waiting to be asked; otherwise does nothing. */
export function sendContinue(req: IncomingMessage, res: ServerResponse): void {
  if (held.delete(req)) res.writeContinue()
}

/** True while the client waits to be asked for the body. */
export function isAwaitingContinue(req: IncomingMessage): boolean {
  return held.has(req)
}
