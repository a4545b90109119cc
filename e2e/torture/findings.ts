const SHOWN_MAX = 5

/** What does not hold, by kind, with a few examples of each. */
export class Findings {
  readonly #kinds = new Map<string, { count: number; examples: string[] }>()

  add(kind: string, example: string): void {
    const found = this.#kinds.get(kind) ?? { count: 0, examples: [] }
    found.count++
    if (found.examples.length < SHOWN_MAX) found.examples.push(example)
    this.#kinds.set(kind, found)
  }

  get count(): number {
    return [...this.#kinds.values()].reduce((sum, { count }) => sum + count, 0)
  }

  lines(): string[] {
    return [...this.#kinds].flatMap(([kind, { count, examples }]) => [
      `${kind}: ${count}`,
      ...examples.map((example) => `    ${example}`),
    ])
  }
}
