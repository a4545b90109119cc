/** An hour of one app. */
export interface SettlementCell {
  appId: string
  /** start of the hour (UTC), microseconds */
  hour: bigint
}

/** The hours of apps that a statement is about. At most SETTLEMENT_CELLS_MAX of them: they travel in the address of the request. */
export type SettlementCells = readonly SettlementCell[]

export const SETTLEMENT_CELLS_MAX = 1_000

const MICROS_PER_HOUR = 3_600_000_000n

/** `count` windows of `step` microseconds, the first of which begins at `first`. */
export interface MicroRun {
  first: bigint
  step: bigint
  count: number
}

/** From the first hour of the cells to the end of the last, microseconds. */
export function rangeOf(cells: SettlementCells): { from: bigint; to: bigint } {
  if (cells.length > SETTLEMENT_CELLS_MAX)
    throw new RangeError(`expected at most ${SETTLEMENT_CELLS_MAX} hours of apps, found ${cells.length}`)
  const hours = cells.map(({ hour }) => hour).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const [from = 0n, last = 0n] = [hours[0], hours.at(-1)]
  return { from, to: last + MICROS_PER_HOUR }
}

/** The windows over the whole range of the cells: hours of UTC, and the pieces of those hours that a cut lies in. */
export function windowRunsOf(input: { cells: SettlementCells; cuts: readonly bigint[] }): MicroRun[] {
  const { from, to } = rangeOf(input.cells)
  const within = input.cuts.filter((cut) => cut > from && cut < to)
  const edges = new Set<bigint>()
  for (const cut of within) {
    const hour = cut - (cut % MICROS_PER_HOUR)
    if (cut !== hour)
      edges
        .add(hour)
        .add(cut)
        .add(hour + MICROS_PER_HOUR)
  }
  const sorted = [from, ...[...edges].filter((edge) => edge > from && edge < to), to].sort((a, b) => (a < b ? -1 : 1))
  return sorted.slice(0, -1).map((first, index) => {
    const length = (sorted[index + 1] ?? to) - first
    const isWholeHours = first % MICROS_PER_HOUR === 0n && length % MICROS_PER_HOUR === 0n
    return isWholeHours
      ? { first, step: MICROS_PER_HOUR, count: Number(length / MICROS_PER_HOUR) }
      : { first, step: length, count: 1 }
  })
}

/** Conditions for the sort key first, then the exact hours. Binds what cellParams gives. `micros`: the row's time. */
export function cellBounds(micros: string): string {
  return `u.app IN {apps:Array(String)} AND u.at >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
    AND u.at < fromUnixTimestamp64Micro({to:Int64}, 'UTC') AND ${isInCells('u.app', micros)}`
}

export function isInCells(app: string, micros: string): string {
  return `(${app}, intDiv(${micros}, ${MICROS_PER_HOUR})) IN (
      SELECT {apps:Array(String)}[c.1], c.2 FROM (SELECT arrayJoin(arrayZip({cell_apps:Array(UInt32)}, {cell_hours:Array(Int64)})) AS c))`
}

export function cellParams(
  cells: SettlementCells,
): { from: bigint; to: bigint; apps: string[] } & Record<string, unknown> {
  const apps = [...new Set(cells.map(({ appId }) => appId))].sort()
  const index = new Map(apps.map((appId, at) => [appId, at + 1]))
  return {
    ...rangeOf(cells),
    apps,
    cell_apps: cells.map(({ appId }) => index.get(appId) ?? 0),
    cell_hours: cells.map(({ hour }) => hour / MICROS_PER_HOUR),
  }
}
