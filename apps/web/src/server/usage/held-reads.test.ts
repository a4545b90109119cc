import { describe, expect, it } from 'vitest'
import { heldRead, within } from './held-reads.ts'

/** Counts how often it was really read. */
function counting() {
  let times = 0
  return { read: async () => ++times, times: () => times }
}

describe('held reads', () => {
  it('all who ask the same at about the same time cost one read', async () => {
    const { read, times } = counting()
    const ask = (nowMs: number) => heldRead({ key: 'same', ttlMs: 1000, nowMs, read })
    expect(await Promise.all([ask(0), ask(1), ask(999)])).toEqual([1, 1, 1])
    expect(await ask(1000)).toBe(2)
    expect(times()).toBe(2)
  })
  it('an answer past its time is still handed out while its renewal is on the way, and only one renewal is', async () => {
    const answers: ((value: string) => void)[] = []
    const ask = (nowMs: number) =>
      heldRead({
        key: 'stale',
        ttlMs: 100,
        staleMs: 1000,
        nowMs,
        read: () => new Promise<string>((give) => answers.push(give)),
      })
    const first = ask(0)
    answers[0]!('old')
    expect(await first).toBe('old')
    expect(await Promise.all([ask(500), ask(501)])).toEqual(['old', 'old'])
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toHaveLength(2)
    answers[1]!('new')
    await new Promise((resolve) => setImmediate(resolve))
    expect(await ask(550)).toBe('new')
  })
  it('who cannot wait goes without, and the next has it', async () => {
    let give: (value: string) => void = () => {}
    const ask = () =>
      heldRead({
        key: 'slow',
        ttlMs: 1000,
        nowMs: 0,
        read: () =>
          new Promise<string>((resolve) => {
            give = resolve
          }),
      })
    expect(await within(1, ask())).toBeNull()
    give('there')
    expect(await within(10_000, ask())).toBe('there')
  })
  it('who asks something else gets their own answer', async () => {
    const { read } = counting()
    expect(await heldRead({ key: '["space-1"]', ttlMs: 1000, nowMs: 0, read })).toBe(1)
    expect(await heldRead({ key: '["space-2"]', ttlMs: 1000, nowMs: 0, read })).toBe(2)
  })
  it('a failed read is tried again by the next', async () => {
    const failing = () => Promise.reject(new Error('no answer'))
    await expect(heldRead({ key: 'fails', ttlMs: 1000, nowMs: 0, read: failing })).rejects.toThrow('no answer')
    expect(await heldRead({ key: 'fails', ttlMs: 1000, nowMs: 0, read: async () => 'answer' })).toBe('answer')
  })
  it('an answer that came late for its replacement does not take it away', async () => {
    let fail: (reason: Error) => void = () => {}
    const slow = heldRead({
      key: 'late',
      ttlMs: 10,
      nowMs: 0,
      read: () =>
        new Promise<string>((_, reject) => {
          fail = reject
        }),
    })
    const ask = () => heldRead({ key: 'late', ttlMs: 1000, nowMs: 10, read: async () => 'second' })
    await ask()
    fail(new Error('too late'))
    await expect(slow).rejects.toThrow('too late')
    let isReadAgain = false
    await heldRead({
      key: 'late',
      ttlMs: 1000,
      nowMs: 11,
      read: async () => {
        isReadAgain = true
      },
    })
    expect(isReadAgain).toBe(false)
  })
})
