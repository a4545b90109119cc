const WIDTH = 30
const EVERY_MS = 100
const LINE_EVERY_MS = 2_000

/** How far a long piece of work is. `total` null: nobody knows. */
export interface ProgressState {
  label: string
  done: number
  total: number | null
  /** More about it, as a rate. */
  note?: string
}

export interface Progress {
  show(state: ProgressState): void
  /** Takes the bar away; to be called before anything else is printed. */
  clear(): void
}

type Screen = { isTTY?: boolean; columns?: number; write(text: string): unknown }

/** A bar that is drawn over and over on a terminal, and a line every two seconds anywhere else. */
export function createProgress(screen: Screen, nowMs: () => number = () => performance.now()): Progress {
  let shownAt = screen.isTTY ? Number.NEGATIVE_INFINITY : nowMs()
  let isDrawn = false
  return {
    show(state) {
      const now = nowMs()
      if (now - shownAt < (screen.isTTY ? EVERY_MS : LINE_EVERY_MS)) return
      shownAt = now
      if (!screen.isTTY) return void screen.write(`${wordsOf(state)}\n`)
      // Cut to the width of the terminal: a line that wraps cannot be drawn over.
      screen.write(`\r\x1b[2K${barOf(state).slice(0, (screen.columns ?? 80) - 1)}`)
      isDrawn = true
    },
    clear() {
      if (isDrawn) screen.write('\r\x1b[2K')
      isDrawn = false
    },
  }
}

function wordsOf({ label, done, total, note }: ProgressState): string {
  const figures = total === null ? `${done}` : `${done} of ${total}`
  return `${label}: ${figures}${note ? `, ${note}` : ''}`
}

function barOf(state: ProgressState): string {
  const { done, total } = state
  if (total === null) return wordsOf(state)
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.floor(share * WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${(share * 100).toFixed(1).padStart(5)} %  ${wordsOf(state)}`
}
