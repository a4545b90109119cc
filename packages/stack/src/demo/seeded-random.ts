/** Random draws that depend on the seed alone: the same seed gives the same draws on every machine and in every year. */
export interface Random {
  /** [0, 1) */
  unit(): number
  /** Around 1, never negative, with mean 1; `spread` 0.3 keeps most draws between 0.6 and 1.6. */
  around(spread: number): number
  /** One of the choices, each as likely as its weight says. */
  choose<T>(choices: readonly (readonly [weight: number, choice: T])[]): T
  isTrue(probability: number): boolean
}

/** sfc32, seeded by FNV-1a of the text: short, quick, and good enough for a picture of traffic. Not for secrets. */
export function randomFrom(seed: string): Random {
  let a = hashText(seed)
  let b = 0x9e3779b9
  let c = 0x243f6a88
  let counter = 1
  const unit = () => {
    const t = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return (t >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < WARM_UP; i++) unit()
  return {
    unit,
    around: (spread) => Math.exp(spread * normal(unit) - (spread * spread) / 2),
    choose: (choices) => chooseBy(unit(), choices),
    isTrue: (probability) => unit() < probability,
  }
}

/** Draws until a seed's first bits are spread over the whole state. */
const WARM_UP = 12

/** 32 bits of any text (FNV-1a). */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** Box and Muller's; 1 - u, because u may be 0. */
function normal(unit: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit())
}

function chooseBy<T>(draw: number, choices: readonly (readonly [number, T])[]): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let left = draw * total
  for (const [weight, choice] of choices) {
    left -= weight
    if (left < 0) return choice
  }
  const last = choices.at(-1)
  if (last === undefined) throw new RangeError('expected at least one choice')
  return last[1]
}
