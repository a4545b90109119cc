const DAY_MS = 86_400_000
const MARGIN_DAYS = 45
/** What began before that is drawn from the edge: the axis is for what changes. */
const BACK_DAYS = 550

/** From shortly before the first beginning, not too long ago, to shortly after the last change, now included. */
export function rangeOf(
  spans: readonly { from: string; to: string | null }[],
  now: string,
): { from: string; to: string } {
  const moments = [now, ...spans.flatMap(({ from, to }) => (to === null ? [from] : [from, to]))].map((text) =>
    Date.parse(text),
  )
  return {
    from: new Date(
      Math.max(Math.min(...moments) - MARGIN_DAYS * DAY_MS, Date.parse(now) - BACK_DAYS * DAY_MS),
    ).toISOString(),
    to: new Date(Math.max(...moments) + 2 * MARGIN_DAYS * DAY_MS).toISOString(),
  }
}
