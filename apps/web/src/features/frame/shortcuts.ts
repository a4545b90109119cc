/** What a key does. `press`: the element marked with this letter is pressed; `go`: the place with this letter. */
export type KeyMeaning =
  | { kind: 'palette' }
  | { kind: 'help' }
  | { kind: 'press'; letter: string }
  | { kind: 'go'; letter: string }

export type KeyStroke = { key: string; isCommand: boolean; isOther: boolean; isTyping: boolean }

/** Letters that press what is marked with them, and what they are for. */
export const PRESSED: readonly { letter: string; name: string }[] = [
  { letter: 'f', name: 'Filter' },
  { letter: 't', name: 'Period' },
  { letter: '[', name: 'Previous period' },
  { letter: ']', name: 'Next period' },
  { letter: '.', name: 'Chart or table' },
  { letter: 'e', name: 'Export' },
  { letter: 'c', name: 'Copy a link' },
]

const SEQUENCE_MS = 1_500

/**
 * Reads keys one after another: g and a letter within SEQUENCE_MS is a place. Single letters mean nothing while somebody types, or when
 * they are switched off (WCAG 2.1.4); Command or Control with K always opens the palette. `at`: milliseconds of any clock.
 */
export function createKeyReader(): (stroke: KeyStroke, at: number, areLettersOn: boolean) => KeyMeaning | null {
  let beganAt = Number.NEGATIVE_INFINITY
  return ({ key, isCommand, isOther, isTyping }, at, areLettersOn) => {
    if (isCommand) return !isOther && key.toLowerCase() === 'k' ? { kind: 'palette' } : null
    if (isOther || isTyping || !areLettersOn) return null
    const isSecond = at - beganAt <= SEQUENCE_MS
    beganAt = Number.NEGATIVE_INFINITY
    if (isSecond) return { kind: 'go', letter: key.toLowerCase() }
    if (key === 'g') {
      beganAt = at
      return null
    }
    if (key === '?') return { kind: 'help' }
    return PRESSED.some(({ letter }) => letter === key) ? { kind: 'press', letter: key } : null
  }
}

export const SHORTCUTS_COOKIE = 'shortcuts'

/** On, unless somebody switched them off. */
export function readShortcuts(value: string | undefined): boolean {
  return value !== 'off'
}
