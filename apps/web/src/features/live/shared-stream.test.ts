import { describe, expect, it } from 'vitest'
import { type Channel, joinTabs, type Locks, type StreamItem } from './shared-stream.ts'

/** A browser of several tabs: one lock by name, in the order of asking, and a channel that everyone but the sender hears. */
function browser() {
  const queue: { held: () => Promise<void>; signal: AbortSignal }[] = []
  let isHeld = false
  const next = async () => {
    if (isHeld) return
    const waiting = queue.shift()
    if (!waiting) return
    if (waiting.signal.aborted) return next()
    isHeld = true
    await waiting.held()
    isHeld = false
    await next()
  }
  const locks: Locks = {
    request: async (_name, { signal }, held) => {
      queue.push({ held, signal })
      await next()
    },
  }
  const listeners = new Set<(item: StreamItem) => void>()
  const open = (): Channel => {
    let own: ((item: StreamItem) => void) | undefined
    return {
      hear: (listener) => {
        own = listener
        listeners.add(listener)
      },
      say: (item) => {
        for (const listener of listeners) if (listener !== own) listener(item)
      },
      close: () => {
        if (own) listeners.delete(own)
      },
    }
  }
  return () => {
    const tab = { isLeading: false, heard: [] as StreamItem[] }
    const joined = joinTabs({
      name: 'live',
      locks,
      channel: open(),
      onLead: (isLeading) => {
        tab.isLeading = isLeading
      },
      onItem: (item) => tab.heard.push(item),
    })
    return Object.assign(tab, joined)
  }
}
const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}
const NEWS: StreamItem = { kind: 'news', apps: ['one'] }

describe('one stream for all tabs', () => {
  it('one tab leads, and what its stream says reaches all of them once', async () => {
    const open = browser()
    const [first, second, third] = [open(), open(), open()]
    await settle()
    expect([first, second, third].map(({ isLeading }) => isLeading)).toEqual([true, false, false])
    first.say(NEWS)
    for (const { heard } of [first, second, third]) expect(heard).toEqual([{ kind: 'look', apps: [] }, NEWS])
  })
  it('when the leading tab goes, the next one leads', async () => {
    const open = browser()
    const [first, second, third] = [open(), open(), open()]
    await settle()
    first.leave()
    await settle()
    expect([first.isLeading, second.isLeading, third.isLeading]).toEqual([false, true, false])
    second.say(NEWS)
    expect(third.heard.at(-1)).toEqual(NEWS)
    expect(first.heard).toHaveLength(1)
  })
  it('a tab that left while it waited never leads', async () => {
    const open = browser()
    const [first, second, third] = [open(), open(), open()]
    await settle()
    second.leave()
    first.leave()
    await settle()
    expect([second.isLeading, third.isLeading]).toEqual([false, true])
  })
  it('whoever comes looks at everything once, because they heard nothing of before', async () => {
    const open = browser()
    open().say(NEWS)
    expect(open().heard).toEqual([{ kind: 'look', apps: [] }])
  })
})
