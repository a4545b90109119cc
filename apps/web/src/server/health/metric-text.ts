/** One value of a metric; `suffix`: `_bucket` and the like, of a histogram. */
export type Sample = { labels: Record<string, string | number>; value: bigint | number | string; suffix?: string }

export type MetricType = 'counter' | 'gauge' | 'histogram'

/** A metric as Prometheus reads it: what it is, and its values. A label's value is escaped; none of ours is an id. */
export function metric(name: string, type: MetricType, help: string, samples: readonly Sample[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value, suffix = '' }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(String(text))}"`)
      return `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
    }),
  ]
}

/** Counts values into buckets. `sum` is in the unit of the bounds. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #buckets: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#buckets = Array(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound)
    const bucket = index < 0 ? this.#bounds.length : index
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#sum += value
  }

  samples(labels: Sample['labels'] = {}): Sample[] {
    return histogramSamples({ labels, bounds: this.#bounds, buckets: this.#buckets, sum: this.#sum })
  }
}

/** Prometheus wants each bucket to hold those below it too. `buckets`: one more than bounds, each by itself. */
export function histogramSamples(input: {
  labels: Sample['labels']
  bounds: readonly number[]
  buckets: readonly number[]
  sum: number
}): Sample[] {
  const { labels, bounds, buckets, sum } = input
  let count = 0
  const cumulative = buckets.map((events, index): Sample => {
    count += events
    return { labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: count, suffix: '_bucket' }
  })
  return [...cumulative, { labels, value: sum, suffix: '_sum' }, { labels, value: count, suffix: '_count' }]
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
