import fs from 'node:fs'
import path from 'node:path'

const logBytesMax = 16 * 1024 * 1024
const tailBytesMax = 8 * 1024

/** Opens a log for appending; one that has grown past 16 MiB is first moved aside to `<file>.1`, replacing the last one. */
export function openLog(file: string): { fd: number; size: number } {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  if (sizeOf(file) > logBytesMax) fs.renameSync(file, `${file}.1`)
  const fd = fs.openSync(file, 'a', 0o600)
  return { fd, size: fs.fstatSync(fd).size }
}

/** The last lines written to a log after byte `from`, indented for showing under a message; '' when there are none. */
export function logTail(file: string, { from = 0, linesMax = 25 }: { from?: number; linesMax?: number } = {}): string {
  const size = sizeOf(file)
  const start = Math.max(from, size - tailBytesMax)
  if (size <= start) return ''
  const bytes = Buffer.alloc(size - start)
  const fd = fs.openSync(file, 'r')
  try {
    fs.readSync(fd, bytes, 0, bytes.length, start)
  } finally {
    fs.closeSync(fd)
  }
  const lines = bytes.toString('utf8').trimEnd().split('\n').slice(-linesMax)
  return lines.map((line) => `\n  | ${line}`).join('')
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
