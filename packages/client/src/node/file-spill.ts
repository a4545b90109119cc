import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { KeptEvent, Spill } from '../spill.ts'
import { eventLine, readLines, readPart, type Segment, settledLine } from './segment.ts'

const MIB = 1024 * 1024
const SEGMENT_BYTES = 4 * MIB
/** An event is at most 64 KiB, its number a few bytes more. */
const LINE_BYTES_MAX = 128 * 1024

export interface FileSpillOptions {
  /** A folder for this app on this machine; made if it is not there, readable by its owner only: it holds the events' data. */
  directory: string
  /** What the files may hold: 256 MiB. */
  bytesMax?: number
  /** Each event is forced to the disk before send() answers: it then outlives the machine too, and send() takes milliseconds. */
  fsync?: boolean
}

/** Folders that spills of this process write to. */
const own = new Set<string>()

/**
 * Keeps events in append-only files until the server has them. Several processes may share `directory`: each writes a folder of its own,
 * named by its process id, and a start takes over the folders whose process is gone. Taken over twice, an event is sent twice under one
 * id and counted once.
 */
export function fileSpill(options: FileSpillOptions): Spill {
  return new FileSpill(options)
}

class FileSpill implements Spill {
  readonly #options: Required<FileSpillOptions>
  readonly #folder: string
  readonly #absent = new Set<number>()
  #segments: Segment[] = []
  #fd: number | null = null
  #files = 0
  #number = 0
  #unread = 0
  #cursor = { segment: 0, offset: 0 }

  constructor({ directory, bytesMax = 256 * MIB, fsync = false }: FileSpillOptions) {
    this.#options = { directory, bytesMax, fsync }
    this.#folder = path.join(directory, folderName())
  }

  takeOver(): number {
    own.add(this.#folder)
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    let taken = 0
    for (const name of fs.readdirSync(this.#options.directory)) {
      const left = this.#claim(name)
      if (left !== null) taken += this.#copy(left)
    }
    return taken
  }

  nextNumber(): number {
    this.#number += 1
    return this.#number
  }

  unread(): number {
    return this.#unread
  }

  append(event: KeptEvent, isRead: boolean): boolean {
    const line = eventLine(event.number, event.text)
    const used = this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
    if (used + line.length > this.#options.bytesMax) {
      this.#absent.add(event.number)
      return false
    }
    return this.#append(event.number, line, isRead)
  }

  read(bytesMax: number): KeptEvent[] {
    const events: KeptEvent[] = []
    while (this.#unread > 0 && events.length === 0) {
      const segment = this.#segments.find(({ first }) => first === this.#cursor.segment)
      if (segment === undefined) break
      const part = readPart(segment.file, this.#cursor.offset, Math.max(bytesMax, LINE_BYTES_MAX))
      const lines = readLines(part)
      this.#cursor.offset += lines.bytes
      for (const { number, text } of lines.events)
        events.push({ number, text, id: (JSON.parse(text) as { id: string }).id })
      if (lines.bytes > 0) continue
      const next = this.#segments[this.#segments.indexOf(segment) + 1]
      if (next === undefined) break
      this.#cursor = { segment: next.first, offset: 0 }
    }
    // A file that somebody took away holds nothing to wait for.
    this.#unread = events.length === 0 ? 0 : this.#unread - events.length
    return events
  }

  settle(numbers: readonly number[]): void {
    const here = numbers.filter((number) => !this.#absent.delete(number))
    for (const number of here) {
      const segment = this.#segments.find(({ first, last }) => number >= first && number <= last)
      if (segment) segment.live -= 1
    }
    if (this.#unread === 0 && this.#segments.every(({ live }) => live === 0)) {
      this.#clear()
      return
    }
    if (here.length > 0) this.#write(settledLine(here))
    // Only from the front: what a later file says is settled may be of an earlier one.
    while (this.#segments.length > 1 && this.#segments[0]?.live === 0) {
      const [done] = this.#segments.splice(0, 1)
      if (done) fs.rmSync(done.file, { force: true })
    }
  }

  close(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd)
    this.#fd = null
    own.delete(this.#folder)
    if (this.#segments.every(({ live }) => live === 0)) fs.rmSync(this.#folder, { recursive: true, force: true })
  }

  #append(number: number, line: Buffer, isRead: boolean): boolean {
    try {
      const segment = this.#openFor(number, line.length)
      if (!isRead && this.#unread === 0) this.#cursor = { segment: segment.first, offset: segment.bytes }
      this.#write(line)
      segment.last = number
      segment.live += 1
      if (!isRead) this.#unread += 1
      return true
    } catch (error) {
      this.#absent.add(number)
      throw error
    }
  }

  /** The file that the next line goes to; `number`: of the event that would be its first. */
  #openFor(number: number, bytes: number): Segment {
    const current = this.#segments.at(-1)
    if (current && this.#fd !== null && current.bytes + bytes <= SEGMENT_BYTES) return current
    if (this.#fd !== null) fs.closeSync(this.#fd)
    this.#fd = null
    const file = path.join(this.#folder, `${++this.#files}.log`)
    this.#fd = fs.openSync(file, 'ax', 0o600)
    const segment = { file, bytes: 0, first: number, last: number - 1, live: 0 }
    this.#segments.push(segment)
    return segment
  }

  #write(line: Buffer): void {
    const segment = this.#segments.at(-1)
    if (this.#fd === null || segment === undefined) return
    const written = fs.writeSync(this.#fd, line)
    segment.bytes += written
    if (written < line.length) {
      // Half a line: nothing may follow it in this file.
      fs.closeSync(this.#fd)
      this.#fd = null
      throw new Error('the disk is full')
    }
    if (this.#options.fsync) fs.fdatasyncSync(this.#fd)
  }

  /** Nothing in it is needed any more. */
  #clear(): void {
    if (this.#fd !== null) fs.closeSync(this.#fd)
    this.#fd = null
    for (const { file } of this.#segments) fs.rmSync(file, { force: true })
    this.#segments = []
    this.#absent.clear()
  }

  /** The folder, ours now, if its process is gone; null if it lives, or somebody else was faster. */
  #claim(name: string): string | null {
    const from = path.join(this.#options.directory, name)
    const pid = Number(/^(\d+)-[0-9a-f]{8}$/.exec(name)?.[1])
    if (!pid || own.has(from) || (pid !== process.pid && isAlive(pid))) return null
    const to = path.join(this.#options.directory, folderName())
    own.add(to)
    try {
      fs.renameSync(from, to)
      return to
    } catch (error) {
      own.delete(to)
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  /** Copied before it is removed: killed between, it is there twice, under the same ids. */
  #copy(left: string): number {
    const files = fs.readdirSync(left).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    const read = (file: string) => readLines(fs.readFileSync(path.join(left, file), 'utf8'))
    const settled = new Set(files.flatMap((file) => read(file).settled))
    let taken = 0
    for (const file of files)
      for (const { number, text } of read(file).events) {
        if (settled.has(number)) continue
        const here = this.nextNumber()
        this.#append(here, eventLine(here, text), false)
        taken += 1
      }
    fs.rmSync(left, { recursive: true, force: true })
    own.delete(left)
    return taken
  }
}

function folderName(): string {
  return `${process.pid}-${randomUUID().slice(0, 8)}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
