import { QUANTITY_SCALE } from '../kernel/index.ts'
import { AMOUNT_SCALE, amountText, divideHalfEven, scaledOf } from '../rating/index.ts'

/**
 * volume: as much more of everything as a capability was used more. mix: the rest of it: other apps and environments, more or less of it beyond an
 * allowance. price: what is charged for now at other prices than at the end of the period before. new: what was not used before; ended: what is not
 * used any more. correction: of earlier, closed months, more or less than before.
 */
export type EffectKind = 'volume' | 'mix' | 'price' | 'new' | 'ended' | 'correction'

/** One group of one capability in one of the periods. Decimal texts. */
export interface ChangeLine {
  /** names the group; the same text in both periods */
  key: string
  capability: string
  /** in the capability's unit */
  quantity: string
  amount: string
  correction: string
  /** of the later period: what it costs more than it would at the last prices of the period before; 0 elsewhere */
  dearer: string
}

export interface CostEffect {
  kind: EffectKind
  /** exact decimal text */
  amount: string
  /** what makes it, largest first; without what comes to nothing */
  parts: { key: string; capability: string; amount: string }[]
}

export interface CostChange {
  before: string
  now: string
  /** now − before = Σ effects, to the last digit */
  difference: string
  /** in one order, also those that come to nothing */
  effects: CostEffect[]
}

const KINDS: readonly EffectKind[] = ['volume', 'mix', 'price', 'new', 'ended', 'correction']
/** Shares are cut here; what is cut off is in the mix. */
const SHARE_UNIT = 10n ** BigInt(AMOUNT_SCALE - 48)

/** Why a period costs more or less than another one. Nothing is left over and nothing told twice. Each key and capability at most once a period. */
export function explainChange(before: readonly ChangeLine[], now: readonly ChangeLine[]): CostChange {
  const lines = paired(before, now)
  const parts = new Map<EffectKind, { key: string; capability: string; amount: bigint }[]>(
    KINDS.map((kind) => [kind, []]),
  )
  const growth = growthOf(lines)
  for (const line of lines) {
    for (const [kind, amount] of effectsOf(line, growth)) {
      if (amount !== 0n) parts.get(kind)?.push({ key: line.key, capability: line.capability, amount })
    }
  }
  const sumOf = (list: readonly { amount: bigint }[]) => list.reduce((sum, { amount }) => sum + amount, 0n)
  const [was, is] = [costOf(before), costOf(now)]
  return {
    before: amountText(was),
    now: amountText(is),
    difference: amountText(is - was),
    effects: KINDS.map((kind) => {
      const made = [...(parts.get(kind) ?? [])].sort(bySize)
      return {
        kind,
        amount: amountText(sumOf(made)),
        parts: made.map((part) => ({ ...part, amount: amountText(part.amount) })),
      }
    }),
  }
}

interface Amounts {
  quantity: bigint
  amount: bigint
  correction: bigint
  dearer: bigint
}

interface Line {
  key: string
  capability: string
  before: Amounts
  now: Amounts
}

const NOTHING: Amounts = { quantity: 0n, amount: 0n, correction: 0n, dearer: 0n }

function paired(before: readonly ChangeLine[], now: readonly ChangeLine[]): Line[] {
  const lines = new Map<string, Line>()
  for (const [side, list] of [
    ['before', before],
    ['now', now],
  ] as const) {
    for (const one of list) {
      const place = `${one.key.length} ${one.key} ${one.capability}`
      const line = lines.get(place) ?? { key: one.key, capability: one.capability, before: NOTHING, now: NOTHING }
      line[side] = {
        quantity: scaledOf(one.quantity, QUANTITY_SCALE),
        amount: scaledOf(one.amount, AMOUNT_SCALE),
        correction: scaledOf(one.correction, AMOUNT_SCALE),
        dearer: scaledOf(one.dearer, AMOUNT_SCALE),
      }
      lines.set(place, line)
    }
  }
  return [...lines.values()]
}

/** How much more of each capability was used by whoever used it in both periods. */
function growthOf(lines: readonly Line[]): Map<string, { before: bigint; now: bigint }> {
  const growth = new Map<string, { before: bigint; now: bigint }>()
  for (const { capability, before, now } of lines) {
    if (before.quantity <= 0n || now.quantity <= 0n) continue
    const known = growth.get(capability) ?? { before: 0n, now: 0n }
    growth.set(capability, { before: known.before + before.quantity, now: known.now + now.quantity })
  }
  return growth
}

function effectsOf(
  { capability, before, now }: Line,
  growth: ReadonlyMap<string, { before: bigint; now: bigint }>,
): [EffectKind, bigint][] {
  const correction: [EffectKind, bigint] = ['correction', now.correction - before.correction]
  const change = now.amount - before.amount
  if (before.quantity <= 0n || now.quantity <= 0n) {
    const kind = now.quantity > 0n ? 'new' : before.quantity > 0n ? 'ended' : 'mix'
    return [[kind, change], correction]
  }
  const grown = growth.get(capability) ?? { before: 1n, now: 1n }
  const scaled = divideHalfEven(before.amount * grown.now, grown.before * SHARE_UNIT) * SHARE_UNIT
  const volume = grown.now === grown.before ? 0n : scaled - before.amount
  return [['volume', volume], ['price', now.dearer], ['mix', change - volume - now.dearer], correction]
}

function costOf(lines: readonly ChangeLine[]): bigint {
  return lines.reduce(
    (sum, { amount, correction }) => sum + scaledOf(amount, AMOUNT_SCALE) + scaledOf(correction, AMOUNT_SCALE),
    0n,
  )
}

function bySize(a: { key: string; amount: bigint }, b: { key: string; amount: bigint }): number {
  const [x, y] = [a.amount, b.amount].map((amount) => (amount < 0n ? -amount : amount)) as [bigint, bigint]
  return x === y ? (a.key < b.key ? -1 : 1) : x < y ? 1 : -1
}
