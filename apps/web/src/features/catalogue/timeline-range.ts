const DAY_MS = 86_400_000
const MARGIN_DAYS = 45

/** From shortly before the first beginning to shortly after the last change, now included. */
export function rangeOf(
  spans: readonly { from: string; to: string | null }[],
  now: string,
): { from: string; to: string } {
  const moments = [now, ...spans.flatMap(({ from, to }) => (to === null ? [from] : [from, to]))].map((text) =>
    Date.parse(text),
  )
  return {
    from: new Date(Math.min(...moments) - MARGIN_DAYS * DAY_MS).toISOString(),
    to: new Date(Math.max(...moments) + 2 * MARGIN_DAYS * DAY_MS).toISOString(),
  }
}
