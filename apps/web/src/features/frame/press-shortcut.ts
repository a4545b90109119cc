/** Presses the first thing in sight that is marked with the letter; whether there was one. */
export function pressShortcut(letter: string): boolean {
  for (const element of document.querySelectorAll<HTMLElement>(`[data-shortcut="${CSS.escape(letter)}"]`)) {
    if (!element.checkVisibility()) continue
    element.focus()
    element.click()
    return true
  }
  return false
}
