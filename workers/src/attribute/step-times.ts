/** When a group's work reached each of core's GROUP_STEPS. One object for each group: an event pays nothing for it. */
export class StepTimes {
  readonly #takenUp = performance.now()
  #lookedUp = this.#takenUp
  #attributed = this.#takenUp
  #inserting = this.#takenUp
  #index = this.#takenUp
  #usage = this.#takenUp

  lookedUp(): void {
    this.#lookedUp = performance.now()
  }

  /** An act looks nothing up apart. */
  attributed(): void {
    this.#attributed = performance.now()
    if (this.#lookedUp === this.#takenUp) this.#lookedUp = this.#attributed
  }

  inserting(): void {
    this.#inserting = performance.now()
  }

  inserted(table: 'event_index' | 'usage_records'): void {
    if (table === 'event_index') this.#index = performance.now()
    else this.#usage = performance.now()
  }

  /** By GROUP_STEPS: so many microseconds ago. A table that nothing was written to was done when its insert would have begun. */
  before(): number[] {
    const now = performance.now()
    const index = Math.max(this.#inserting, this.#index)
    const usage = Math.max(this.#inserting, this.#usage)
    const reached = [this.#takenUp, this.#lookedUp, this.#attributed, this.#inserting, index, usage]
    return reached.map((at) => Math.round((now - at) * 1_000))
  }
}
