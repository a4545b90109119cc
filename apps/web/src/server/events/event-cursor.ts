import type { EventCursor } from '@meterbook/db/clickhouse'

const CURSOR = /^(-?\d{1,19})\.(\d{1,5})\.(\d{1,19})\.(\d{1,9})$/

/** A cursor as one opaque text. */
export function writeCursor({ at, shard, batch, pos }: EventCursor): string {
  return Buffer.from(`${at}.${shard}.${batch}.${pos}`).toString('base64url')
}

/** Null for a text that writeCursor did not write. */
export function readCursor(text: string): EventCursor | null {
  const [, at, shard, batch, pos] = CURSOR.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? []
  if (at === undefined || shard === undefined || batch === undefined || pos === undefined) return null
  // The database's own bounds: a number beyond them is no place of ours.
  const isPossible = Number(shard) < 65_536 && Number(pos) < 4_294_967_296 && Math.abs(Number(at)) < 253_402_300_800e6
  return isPossible ? { at: BigInt(at), shard: Number(shard), batch: BigInt(batch), pos: Number(pos) } : null
}
