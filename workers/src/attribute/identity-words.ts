const BYTES = 16

/** The first three 32-bit words of many identities, read from their digits in one go: what a filter asks for. */
export class IdentityWords {
  readonly #view: DataView

  constructor(events: readonly { identity: string }[]) {
    const bytes = Buffer.from(events.map(({ identity }) => identity).join(''), 'hex')
    if (bytes.length !== events.length * BYTES) throw new Error('expected identities of 32 hex digits')
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  first(index: number): number {
    return this.#view.getUint32(index * BYTES)
  }

  second(index: number): number {
    return this.#view.getUint32(index * BYTES + 4)
  }

  third(index: number): number {
    return this.#view.getUint32(index * BYTES + 8)
  }
}
