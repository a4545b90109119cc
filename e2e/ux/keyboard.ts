import type { Page } from '@playwright/test'

const TABS_MAX = 120

/** Hands on the keys, and eyes on where they are: what cannot be seen or is covered when it is reached is a fault. */
export class Keyboard {
  readonly #page: Page
  readonly #name: string
  readonly faults: string[] = []

  constructor(page: Page, name: string) {
    this.#page = page
    this.#name = name
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key)
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text)
  }

  /** Tab by Tab to what is called so: its label, or what it says. Throws where that is never reached. */
  async tabTo(name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    const passed: string[] = []
    for (let tabs = 0; tabs < TABS_MAX; tabs++) {
      await this.press(key)
      const stop = await this.#stop()
      if (stop === null) continue
      passed.push(stop.name)
      if (!stop.isSeen) this.faults.push(`${this.#name}: nothing shows that "${stop.name}" has the focus`)
      if (!stop.isClear) this.faults.push(`${this.#name}: "${stop.name}" is covered while it has the focus`)
      if (name.test(stop.name)) return
    }
    throw new Error(`expected to reach ${name} by Tab, passed ${passed.slice(-12).join(' | ')}`)
  }

  /** What has the focus, how it is called, whether that shows; null: nothing has it. */
  #stop(): Promise<{ name: string; isSeen: boolean; isClear: boolean } | null> {
    return this.#page.evaluate(() => {
      const found = document.activeElement
      if (!(found instanceof HTMLElement || found instanceof SVGElement) || found === document.body) return null
      const labels = 'labels' in found ? [...((found.labels as NodeListOf<HTMLElement> | null) ?? [])] : []
      const label = labels.map(({ textContent }) => textContent).join(' ')
      const name = found.getAttribute('aria-label') ?? (label || (found.textContent ?? ''))
      const seen = (element: Element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
        return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
      }
      // a box that is hidden beneath its label shows on the label
      const carrier = found.closest('label') ?? found
      const box = found.getBoundingClientRect()
      const points = [0.5, 0.15, 0.85].flatMap((x) => [0.5, 0.2, 0.8].map((y) => [x, y] as const))
      const isClear = points.some(([x, y]) => {
        const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y)
        return hit !== null && (found.contains(hit) || hit.contains(found) || carrier.contains(hit))
      })
      return { name: name.replaceAll(/\s+/g, ' ').trim(), isSeen: seen(found) || seen(carrier), isClear }
    })
  }
}
