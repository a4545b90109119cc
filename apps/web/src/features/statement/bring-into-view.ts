/**
 * Scrolls only to what is out of sight. The browser's own way also moves what the page's scroll padding covers, and never ends with what
 * sticks beneath the bar.
 */
export function bringIntoView(element: HTMLElement | null): void {
  if (element === null) return
  const { top, bottom } = element.getBoundingClientRect()
  if (top < 0 || bottom > window.innerHeight) element.scrollIntoView({ block: 'center' })
}
