import { describe, expect, it } from 'vitest'
import { SECTIONS } from './places.ts'
import { createKeyReader, type KeyStroke } from './shortcuts.ts'

const stroke = (key: string, over: Partial<KeyStroke> = {}): KeyStroke => ({
  key,
  isCommand: false,
  isOther: false,
  isTyping: false,
  ...over,
})

describe('shortcuts', () => {
  it('g and a letter go to a place, but not when the letter comes late or after something else', () => {
    const read = createKeyReader()
    expect(read(stroke('g'), 0, true)).toBeNull()
    expect(read(stroke('s'), 900, true)).toEqual({ kind: 'go', letter: 's' })
    expect(read(stroke('s'), 1000, true)).toBeNull()
    read(stroke('g'), 2000, true)
    expect(read(stroke('f'), 4000, true)).toEqual({ kind: 'press', letter: 'f' })
  })
  it('nothing that is typed into a field is taken for a shortcut', () => {
    const read = createKeyReader()
    expect(read(stroke('f', { isTyping: true }), 0, true)).toBeNull()
    expect(read(stroke('g', { isTyping: true }), 0, true)).toBeNull()
    expect(read(stroke('s'), 10, true)).toBeNull()
  })
  it('switched off, single letters do nothing; the palette still opens', () => {
    const read = createKeyReader()
    for (const key of ['f', '?', '.', '[', 'g']) expect(read(stroke(key), 0, false)).toBeNull()
    expect(read(stroke('k', { isCommand: true }), 0, false)).toEqual({ kind: 'palette' })
    expect(read(stroke('K', { isCommand: true, isTyping: true }), 0, true)).toEqual({ kind: 'palette' })
  })
  it('what the browser means by a key with a modifier stays the browser’s', () => {
    const read = createKeyReader()
    expect(read(stroke('f', { isCommand: true }), 0, true)).toBeNull()
    expect(read(stroke('k', { isCommand: true, isOther: true }), 0, true)).toBeNull()
    expect(read(stroke('f', { isOther: true }), 0, true)).toBeNull()
  })
  it('no two places share a letter', () => {
    const letters = SECTIONS.flatMap(({ places }) => places).flatMap(({ letter }) => letter ?? [])
    expect(new Set(letters).size).toBe(letters.length)
  })
})
