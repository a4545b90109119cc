import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

function rig(screen: { isTTY?: boolean; columns?: number }) {
  let atMs = 0
  let text = ''
  const write = (more: string) => {
    text += more
  }
  const progress = createProgress({ ...screen, write }, () => atMs)
  const pass = (ms: number) => {
    atMs += ms
  }
  return { progress, pass, written: () => text }
}

test('a bar is drawn over itself on a terminal, never wider than it, and leaves nothing behind', () => {
  const { progress, pass, written } = rig({ isTTY: true, columns: 50 })
  progress.show({ label: 'journal', done: 0, total: 200 })
  pass(1_000)
  progress.show({ label: 'journal', done: 100, total: 200, note: 'a long note about it that does not fit at all' })
  progress.clear()
  expect(written()).not.toContain('\n')
  const drawn = written().split('\r\x1b[2K')
  expect(drawn[2]).toContain(' 50.0 %')
  expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(50)
  expect(drawn.at(-1)).toBe('')
})

test('where there is no terminal, a line every two seconds and no control character', () => {
  const { progress, pass, written } = rig({})
  for (let done = 1; done <= 50; done += 1) {
    pass(100)
    progress.show({ label: 'journal', done, total: 50, note: '3 differences' })
  }
  progress.clear()
  expect(written()).toBe('journal: 20 of 50, 3 differences\njournal: 40 of 50, 3 differences\n')
})
