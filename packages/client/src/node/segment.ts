import fs from 'node:fs'

/** One file of the log, appended to and in the end removed. Holds the events `first` to `last`, of which `live` are not settled. */
export interface Segment {
  file: string
  bytes: number
  first: number
  last: number
  live: number
}

/** What a file of the log holds: the events in it, and the numbers that it says are settled. */
export interface SegmentContent {
  events: { number: number; text: string }[]
  settled: number[]
  /** Bytes up to the end of the last whole line. */
  bytes: number
}

/** `12 {event}` and a newline. */
export function eventLine(number: number, text: string): Buffer {
  return Buffer.from(`${number} ${text}\n`)
}

/** `- 12 13 14` and a newline. */
export function settledLine(numbers: readonly number[]): Buffer {
  return Buffer.from(`- ${numbers.join(' ')}\n`)
}

/** Reads whole lines only: the last one may have been torn by the end of its process, and was promised to nobody then. */
export function readLines(text: string): SegmentContent {
  const content: SegmentContent = { events: [], settled: [], bytes: 0 }
  let from = 0
  for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
    const line = text.slice(from, end)
    from = end + 1
    if (line.startsWith('- ')) content.settled.push(...line.slice(2).split(' ').map(Number))
    else {
      const space = line.indexOf(' ')
      const number = Number(line.slice(0, space))
      if (space > 0 && Number.isSafeInteger(number) && isWhole(line.slice(space + 1)))
        content.events.push({ number, text: line.slice(space + 1) })
    }
  }
  content.bytes = Buffer.byteLength(text.slice(0, from))
  return content
}

/** A part of a file as text, from `offset` on, `bytesMax` at most; may end within a line or a character. */
export function readPart(file: string, offset: number, bytesMax: number): string {
  const fd = fs.openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min(bytesMax, fs.fstatSync(fd).size - offset)))
    const read = fs.readSync(fd, buffer, 0, buffer.length, offset)
    return buffer.toString('utf8', 0, read)
  } finally {
    fs.closeSync(fd)
  }
}

function isWhole(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { id?: unknown }).id === 'string'
  } catch {
    return false
  }
}
