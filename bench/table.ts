/** One line of the closing table; the ratio is of this figure to the limit beside it. */
export interface BenchRow {
  what: string
  unit: string
  runs: number[]
  limit?: { what: string; runs: number[] }
}

/** Prints each figure's median with all its runs, and beside it its limit, measured in the same run, with the ratio. */
export function printTable(rows: readonly BenchRow[]): void {
  console.log('\n| figure | median | runs | limit, same run | median | ratio |\n|---|---|---|---|---|---|')
  for (const { what, unit, runs, limit } of rows) {
    const own = median(runs)
    const bound = limit ? median(limit.runs) : undefined
    const ratio = bound === undefined ? '' : (own / bound).toFixed(2)
    console.log(
      `| ${what} | ${figure(own)} ${unit} | ${runs.map(figure).join(', ')} | ${limit?.what ?? ''} | ${bound === undefined ? '' : figure(bound)} | ${ratio} |`,
    )
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)
}
