import type { Dice } from './dice.ts'
import { type Data, Numeral, type Value } from './measures.ts'

/** One kind of event: how often it comes, and what its data may be. */
export interface Shape {
  type: string
  weight: number
  /** Levels belong to a subject of a few; others name anybody or nobody. */
  subjects: readonly string[] | null
  data(dice: Dice): Data
}

export const SHAPES: readonly Shape[] = [
  shape('request', 8, (dice) =>
    dice.is(0.1) ? null : { method: dice.of(['GET', 'POST']), route: dice.of(['/', '/items', '/ünïcode/😀']) },
  ),
  shape('prompt', 10, (dice) => ({
    tokens: spoiled(dice, amount(dice)),
    model: dice.of(['plover', 'heron', 'wren']),
    ...(dice.is(0.9) && { type: dice.of(['input', 'output']) }),
  })),
  shape('signin', 8, (dice) => ({ user: spoiled(dice, user(dice)) })),
  shape('connections', 6, (dice) => ({ open: spoiled(dice, integer(dice, 500)), region: dice.of(['eu', 'us']) })),
  shape('function.invoked', 10, invocation),
  shape('kvs.read', 6, (dice) => ({ bytes: dice.is(0.2) ? numeral('0') : spoiled(dice, integer(dice, 1e6)) })),
  shape('kvs.written', 5, (dice) => ({ bytes: spoiled(dice, integer(dice, 1e9)) })),
  shape('logs.written', 5, (dice) => ({ bytes: spoiled(dice, amount(dice)) })),
  shape('sql.executed', 6, (dice) => ({
    durationMs: spoiled(dice, integer(dice, 10_000)),
    ...(dice.is(0.5) && { statements: integer(dice, 20) }),
  })),
  shape('object.requested', 4, () => ({})),
  shape('torture.reading', 16, (dice) => ({ value: spoiled(dice, amount(dice)), kind: dice.of(['a', 'b', '']) })),
  shape('torture.untimed', 3, () => null),
  shape('torture.unheard', 1, () => ({ anything: true })),
  {
    ...shape('sql.level', 6, (dice) => ({ bytes: dice.is(0.15) ? numeral('0') : spoiled(dice, integer(dice, 1e12)) })),
    subjects: ['db-1', 'db-2', 'db-3'],
  },
  {
    ...shape('container.level', 6, (dice) => ({
      vcpu: dice.is(0.2) ? numeral('0') : spoiled(dice, numeral(dice.of(['0.25', '0.5', '1', '2', '16']))),
      memoryMiB: integer(dice, 65_536),
    })),
    subjects: ['box-1', 'box-2'],
  },
]

function shape(type: string, weight: number, data: Shape['data']): Shape {
  return { type, weight, data, subjects: null }
}

function numeral(text: string): Numeral {
  return new Numeral(text)
}

function integer(dice: Dice, end: number): Numeral {
  return numeral(String(1 + dice.below(end)))
}

/** From nought over what a double cannot hold to thirty digits after the point; now and then negative. */
function amount(dice: Dice): Numeral {
  const small = String(dice.below(1_000))
  const text = dice.weighted([
    [10, small],
    [3, `${small}.${1 + dice.below(9)}`],
    [3, `${dice.below(10)}.${digits(dice, 29)}${1 + dice.below(9)}`],
    [2, `9007199254740993${dice.below(10)}`],
    [1, `${1 + dice.below(9)}${digits(dice, 24)}`],
    [1, '0'],
  ])
  return numeral(dice.is(0.15) && text !== '0' ? `-${text}` : text)
}

function digits(dice: Dice, count: number): string {
  return Array.from({ length: count }, () => dice.below(10)).join('')
}

function user(dice: Dice): Value {
  const number = dice.below(200)
  return dice.weighted<Value>([
    [6, `user-${number}`],
    [2, numeral(String(number))],
    // the text 7 and the number 7 are one user
    [2, String(number)],
  ])
}

const NO_NUMBERS: readonly Value[] = [null, true, 'many', [numeral('1')]]
const BEYOND_BOUNDS: readonly Value[] = [numeral(`1${'0'.repeat(31)}`), numeral(`0.${'0'.repeat(30)}1`)]

/** Now and then no value, one that is none, or one that no column holds. */
function spoiled(dice: Dice, value: Value, by = [...NO_NUMBERS, ...BEYOND_BOUNDS]): Value {
  if (value instanceof Numeral && dice.is(0.05)) return value.text
  return dice.is(0.04) ? dice.of(by) : value
}

function invocation(dice: Dice): Data {
  const outcome = dice.of(['ok', 'ok', 'ok', 'error', 'crash', 'oom', 'timeout'])
  return {
    // a crash that took beyond all bounds is still measured at its timeout: the ground truth stays simple without it
    ...(dice.is(0.97) && { durationMs: spoiled(dice, integer(dice, 60_000), [...NO_NUMBERS]) }),
    ...(dice.is(0.6) && { memoryMiB: numeral(dice.of(['128', '256', '1024', '1536.5'])) }),
    ...(dice.is(0.5) && { timeoutMs: integer(dice, 60_000) }),
    outcome,
  }
}
