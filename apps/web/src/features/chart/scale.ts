const STEPS = [1, 2, 2.5, 5, 10]

/** Round numbers from 0 (or below) to at least the largest value, about `wanted` of them. */
export function niceTicks(range: { least: number; most: number }, wanted: number): number[] {
  const least = Math.min(0, range.least)
  const span = range.most - least
  if (!(span > 0)) return [0, 1]
  const rough = span / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = (STEPS.find((candidate) => candidate * power >= rough) ?? 10) * power
  const first = Math.floor(least / step)
  const last = Math.ceil(range.most / step)
  return Array.from({ length: last - first + 1 }, (_, index) => cleaned((first + index) * step))
}

/** Takes back what binary floating point adds to 0.1 × 3. */
function cleaned(value: number): number {
  return Number(value.toPrecision(12))
}

export type Scale = (value: number) => number

export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const factor = (range[1] - range[0]) / (domain[1] - domain[0] || 1)
  return (value) => range[0] + (value - domain[0]) * factor
}
