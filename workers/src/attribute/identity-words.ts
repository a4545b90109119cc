const BYTES = 16

/** The 32-bit words of many identities, big-endian, read from their digits in one go: what a filter asks for, and cheaper to compare than texts. */
export class IdentityWords {
  readonly count: number
  readonly #view: DataView

  constructor(events: readonly { identity: string }[]) {
    const bytes = Buffer.from(events.map(({ identity }) => identity).join(''), 'hex')
    if (bytes.length !== events.length * BYTES) throw new Error('expected identities of 32 hex digits')
    this.count = events.length
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

  /** Whether the identity here is that one of another group, or of this one. */
  isSame(index: number, other: IdentityWords, otherIndex: number): boolean {
    return (
      this.#view.getBigUint64(index * BYTES) === other.#view.getBigUint64(otherIndex * BYTES) &&
      this.#view.getBigUint64(index * BYTES + 8) === other.#view.getBigUint64(otherIndex * BYTES + 8)
    )
  }
}
