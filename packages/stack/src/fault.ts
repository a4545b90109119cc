/**
 * The world refused: something on this machine keeps a server or process from running.
 * The message is one line for whoever typed the command: what was found, and what to do. It never carries a secret.
 */
export class StackFault extends Error {
  override readonly name = 'StackFault'
}

/** The words of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
