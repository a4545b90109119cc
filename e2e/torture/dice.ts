/** Draws that depend on the seed alone. The torture run's own, as everything it judges by. */
export class Dice {
  #state: number

  constructor(seed: string) {
    this.#state = 0x9e3779b9
    for (const character of seed) this.#state = Math.imul(this.#state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  }

  /** [0, 1) (mulberry32) */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** [0, end) */
  below(end: number): number {
    return Math.floor(this.unit() * end)
  }

  is(probability: number): boolean {
    return this.unit() < probability
  }

  of<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('expected at least one choice')
    return choices[this.below(choices.length)] as T
  }

  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.unit() * choices.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, choice] of choices) {
      left -= weight
      if (left < 0) return choice
    }
    return (choices.at(-1) as readonly [number, T])[1]
  }

  shuffled<T>(items: readonly T[]): T[] {
    const list = [...items]
    for (let last = list.length - 1; last > 0; last--) {
      const other = this.below(last + 1)
      ;[list[last], list[other]] = [list[other] as T, list[last] as T]
    }
    return list
  }
}
