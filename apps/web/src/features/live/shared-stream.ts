/** What a stream says: look at everything, or what moved. */
export type StreamItem = { kind: 'look' | 'news'; apps: string[] }

/** What one tab does for all of them: hold the stream. Web Locks give it to the next when a tab is closed, hidden or crashes. */
export type Locks = {
  request: (name: string, options: { signal: AbortSignal }, held: () => Promise<void>) => Promise<unknown>
}
/** Reaches every other tab. */
export type Channel = {
  say: (item: StreamItem) => void
  hear: (listener: (item: StreamItem) => void) => void
  close: () => void
}

/**
 * Joins the tabs that look at one space: whichever holds the lock is told to lead, and hands what its stream says to the others. Whoever
 * joins looks at everything once, and so does everyone when another begins to lead, since its stream begins with a look: nothing that was
 * said in between is missed. The returned function leaves.
 */
export function joinTabs(input: {
  name: string
  locks: Locks
  channel: Channel
  onLead: (isLeading: boolean) => void
  onItem: (item: StreamItem) => void
}): { say: (item: StreamItem) => void; leave: () => void } {
  const { name, locks, channel, onLead, onItem } = input
  const waiting = new AbortController()
  let letGo = () => {}
  let hasLeft = false
  channel.hear((item) => {
    if (!hasLeft) onItem(item)
  })
  const held = () =>
    new Promise<void>((resolve) => {
      if (hasLeft) return resolve()
      letGo = resolve
      onLead(true)
    })
  // aborted while it waits: it left before it ever led
  locks.request(name, { signal: waiting.signal }, held).catch(() => {})
  onItem({ kind: 'look', apps: [] })
  return {
    say: (item) => {
      onItem(item)
      channel.say(item)
    },
    leave: () => {
      hasLeft = true
      channel.close()
      onLead(false)
      waiting.abort()
      letGo()
    },
  }
}
