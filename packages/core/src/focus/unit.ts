/** FOCUS units: `GiB`, `Hours`, `GiB-Seconds`, `1000 Requests`, `Core-Hours/Day`. */

const DATA_SIZE = /^(?:b|[KMGTPE]b|[KMGTPE]ib|B|[KMGTPE]B|[KMGTPE]iB)$/
const WORD = /^[A-Z][A-Za-z]*$/
const TIMES = ['Year', 'Month', 'Day', 'Hour', 'Minute', 'Second']

/**
 * True for the text of a unit: an optional positive whole number in front, then one unit, two joined by a hyphen (the first singular, the
 * second plural), and at most one ratio. Data sizes have one form for singular and plural; all others are capitalised nouns.
 */
export function isFocusUnit(text: string): boolean {
  const match = /^(?:[1-9]\d* )?(\S+)$/.exec(text)
  if (match === null) return false
  const [quotient = '', divisor, ...more] = (match[1] as string).split('/')
  return more.length === 0 && isCompound(quotient) && (divisor === undefined || isSingular(divisor))
}

function isCompound(text: string): boolean {
  const [first = '', second, ...more] = text.split('-')
  if (more.length > 0) return false
  return second === undefined ? isBase(first) : isSingular(first) && isBase(second)
}

function isBase(text: string): boolean {
  return DATA_SIZE.test(text) || WORD.test(text)
}

function isSingular(text: string): boolean {
  return isBase(text) && !TIMES.some((time) => text === `${time}s`)
}

const BASES: Record<string, string> = {
  gb: 'GiB',
  gib: 'GiB',
  mb: 'MiB',
  mib: 'MiB',
  kb: 'KiB',
  kib: 'KiB',
  tb: 'TiB',
  tib: 'TiB',
  byte: 'B',
  vcpu: 'Core',
}

/**
 * A unit of our catalogue in FOCUS's words: `GB-second` is `GiB-Seconds`, since a GB of ours is 1024³ bytes, which FOCUS calls GiB;
 * `vCPU-hour` is `Core-Hours`, `request` is `Requests`. Anything else becomes a capitalised noun of its letters.
 */
export function focusUnitOf(unit: string): string {
  const words = unit
    .split('-')
    .slice(0, 2)
    .map((word) => BASES[word.toLowerCase()] ?? noun(word))
  const last = words.pop() as string
  return [...words, DATA_SIZE.test(last) || last.endsWith('s') ? last : `${last}s`].join('-')
}

function noun(word: string): string {
  const letters = word.replace(/[^A-Za-z]/g, '')
  return letters === '' ? 'Unit' : `${letters[0]?.toUpperCase()}${letters.slice(1)}`
}
