/** Up to here a text is written character by character: a call into the platform costs more than that. */
const SHORT_TEXT = 40

/** A buffer that grows: what one column, and then one block, is written into. Numbers are little-endian. */
export class ByteWriter {
  #bytes: Buffer
  #view: DataView
  #length = 0

  constructor(capacity = 1 << 16) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  /** What was written, without a copy: valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  uint8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  uint16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#length, value, true)
    this.#length += 2
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
  }

  uint64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigUint64(this.#length, value, true)
    this.#length += 8
  }

  int64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigInt64(this.#length, value, true)
    this.#length += 8
  }

  /** 256 bits, two's complement: the integer behind a Decimal(76, s). */
  int256(value: bigint): void {
    this.#reserve(32)
    let rest = value
    for (let end = this.#length + 32; this.#length < end; this.#length += 8) {
      this.#view.setBigInt64(this.#length, rest, true) // its lowest 64 bits
      // The upper words of most quantities are nothing but the sign.
      if (rest !== 0n && rest !== -1n) rest >>= 64n
    }
  }

  varuint(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.uint8((rest & 0x7f) | 0x80)
      rest = Math.floor(rest / 128)
    }
    this.uint8(rest)
  }

  string(value: string): void {
    const { length } = value
    if (length > SHORT_TEXT) {
      this.#longString(value)
      return
    }
    this.#reserve(length + 1)
    const bytes = this.#bytes
    const start = this.#length + 1
    for (let i = 0; i < length; i++) {
      const c = value.charCodeAt(i)
      if (c >= 0x80) {
        this.#longString(value)
        return
      }
      bytes[start + i] = c
    }
    bytes[start - 1] = length
    this.#length = start + length
  }

  /** Raw bytes given as hex digits. */
  hex(digits: string): void {
    const count = digits.length / 2
    this.#reserve(count)
    this.#length += this.#bytes.write(digits, this.#length, count, 'hex')
  }

  append(other: ByteWriter): void {
    const bytes = other.bytes
    this.#reserve(bytes.length)
    this.#length += bytes.copy(this.#bytes, this.#length)
  }

  /** What `write` writes, as often as this: for a value that all rows share. */
  repeat(times: number, write: (writer: ByteWriter) => void): void {
    if (times === 0) return
    const start = this.#length
    write(this)
    const size = this.#length - start
    this.#reserve(size * (times - 1))
    const end = start + size * times
    this.#bytes.fill(this.#bytes.subarray(start, start + size), start + size, end)
    this.#length = end
  }

  #longString(value: string): void {
    const length = Buffer.byteLength(value)
    this.varuint(length)
    this.#reserve(length)
    this.#length += this.#bytes.write(value, this.#length, length, 'utf8')
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}
