import type { Dice } from './dice.ts'
import { type Data, Numeral, type Value } from './measures.ts'

/** What an event says, before it is written down. */
export interface Saying {
  id: string
  source: string
  type: string
  time: string | null
  subject: string | null
  environment: string | null
  installation: string | null
  /** Only in requests of a platform service. */
  app: string | null
  data: Data
  /** Tells one writing of the run from every other; an extension, so it belongs neither to identity nor to content. */
  mark: string
}

/** The event as JSON. With dice: members in any order, numbers, white space and strings in any of their spellings. */
export function writeEvent(saying: Saying, dice: Dice | null): string {
  const members: [string, string][] = [
    ['specversion', '"1.0"'],
    ['id', text(saying.id, dice)],
    ['source', text(saying.source, dice)],
    ['type', text(saying.type, dice)],
    ['mark', `"${saying.mark}"`],
  ]
  for (const name of ['time', 'subject', 'environment', 'installation', 'app'] as const) {
    const value = saying[name]
    if (value !== null) members.push([name, text(value, dice)])
    // unset and null are the same
    else if (dice?.is(0.2)) members.push([name, 'null'])
  }
  if (saying.data !== null) members.push(['data', writeData(saying.data, dice)])
  else if (dice?.is(0.3)) members.push(['data', 'null'])
  if (dice?.is(0.3)) members.push(['traceparent', `"${dice.below(1e9)}"`])
  return object(members, dice)
}

export function writeData(data: Data, dice: Dice | null): string {
  return object(
    Object.entries(data ?? {}).map(([name, value]) => [name, writeValue(value, dice)]),
    dice,
  )
}

function writeValue(value: Value, dice: Dice | null): string {
  if (value instanceof Numeral) return dice ? respelled(value.text, dice) : value.text
  if (typeof value === 'string') return text(value, dice)
  if (Array.isArray(value)) return `[${value.map((each: Value) => writeValue(each, dice)).join(',')}]`
  return JSON.stringify(value)
}

function object(members: [string, string][], dice: Dice | null): string {
  const space = dice ? dice.of(['', '', ' ', '\t', ' \r ']) : ''
  const ordered = dice ? dice.shuffled(members) : members
  return `{${ordered.map(([name, value]) => `${space}"${name}":${space}${value}`).join(`${space},`)}}`
}

function text(value: string, dice: Dice | null): string {
  const json = JSON.stringify(value)
  if (!dice?.is(0.1) || !/^"[a-z]/.test(json)) return json
  return `"\\u${json.charCodeAt(1).toString(16).padStart(4, '0')}${json.slice(2)}`
}

/** The same number in another writing: 15, 15.0, 1.5e1, 150E-1. */
function respelled(number: string, dice: Dice): string {
  const zeros = number.includes('.') ? `${number}0` : `${number}.00`
  const tenfold = /^-?[1-9]\d*$/.test(number) ? `${number}0E-1` : number
  const shifted = /^-?[1-9]\d+$/.test(number)
    ? number.replace(/^(-?\d)(\d+)$/, (_, a, b) => `${a}.${b}e+${b.length}`)
    : number
  return dice.of([number, zeros, tenfold, shifted])
}
