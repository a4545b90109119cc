// Ledger: the chain of a space, verified where its reader is: by core's one implementation, over rows that are fetched page by page.
// Promises: nothing of the server's judgement is used, only its rows; what was altered, and where, is named; the page stays responsive meanwhile.
// Does not know: React, what a statement looks like.
import { addDecimals, canonicalTuple, compareDecimals, sha256 } from '@meterbook/core/kernel'
import { type ChainHead, createChainVerifier, describeChainFault, type LedgerEntry } from '@meterbook/core/ledger'

type TextHead = { sequence: string; hash: string }

export type ChainSpan = {
  spaceId: string
  begin: TextHead
  head: TextHead
  month: { billedInStart: string; issuedAt: string | null; exactTotal: string; total: string } | null
}

type Row = TextHead & { previousHash: string; canonical: string }

/** Where rows and heads come from, and what this browser kept from earlier visits. */
export type ChainSource = {
  span(): Promise<ChainSpan>
  rows(after: string): Promise<{ rows: Row[] }>
  /** A page of the heads that are published for anybody. */
  published(cursor: string | null): Promise<{ heads: (TextHead & { chain: string })[]; cursor: string | null }>
  remembered(spaceId: string): TextHead[]
}

export type ChainVerdict = {
  spaceId: string
  first: TextHead
  last: TextHead
  entries: number
  /** In one sentence; null: nothing is altered, missing, added or reordered. */
  fault: string | null
  /** The head that is published for anybody, and that the rows end in or pass through; null: none is. */
  published: TextHead | null
  /** A head that this browser kept, the latest that the rows passed through. */
  remembered: TextHead | null
  /** The month's amounts, added up here; null where no month was asked for. */
  sum: { amount: string; entries: number; expected: string; isEqual: boolean } | null
  tookMs: number
}

/** Rows are verified in stretches of so many milliseconds, and the browser has its turn in between. */
const SLICE_MS = 16
const HEAD_PAGES_MAX = 50

/** Fetches the rows of a span up to the end of the chain and verifies each; `onProgress`: entries so far, of how many. */
export async function verifyInBrowser(
  source: ChainSource,
  options: { signal: AbortSignal; onProgress(done: number, of: number): void },
): Promise<ChainVerdict> {
  const { signal, onProgress } = options
  const begunAt = performance.now()
  const span = await source.span()
  const published = await publishedHead(source, span.spaceId)
  const remembered = source.remembered(span.spaceId)
  const begin = headOf(span.begin)
  // what is published may have been posted after the span was read
  const end = [headOf(span.head), ...(published ? [headOf(published)] : [])].reduce((a, b) =>
    b.sequence > a.sequence ? b : a,
  )
  const tally = createTally(span.month)
  const held = [...(published ? [published] : []), ...remembered].map(headOf)
  const verifier = createChainVerifier({
    spaceId: span.spaceId,
    head: end,
    held: held.filter(({ sequence }) => sequence >= begin.sequence),
    begin,
    sha256,
    onEntry: tally.add,
  })
  let first: TextHead = { sequence: (begin.sequence + 1n).toString(), hash: '' }
  let last: TextHead = span.begin
  let done = 0
  let isGoing = end.sequence > begin.sequence
  let next = isGoing ? source.rows(span.begin.sequence) : null
  while (next !== null && isGoing) {
    const { rows } = await next
    signal.throwIfAborted()
    const after = rows.at(-1)?.sequence
    // the next page is on its way while this one is looked at
    next = after === undefined || BigInt(after) >= end.sequence ? null : source.rows(after)
    let turnedAt = performance.now()
    for (const row of rows) {
      if (BigInt(row.sequence) > end.sequence) break
      if (done === 0) first = { sequence: row.sequence, hash: row.hash }
      last = { sequence: row.sequence, hash: row.hash }
      isGoing = verifier.add({ ...row, sequence: BigInt(row.sequence), columns: null })
      done++
      if (!isGoing) break
      if (performance.now() - turnedAt < SLICE_MS) continue
      onProgress(done, Number(end.sequence - begin.sequence))
      await turn()
      signal.throwIfAborted()
      turnedAt = performance.now()
    }
  }
  next?.catch(() => undefined)
  const { fault } = verifier.finish()
  const passed = remembered.filter(({ sequence }) => BigInt(sequence) >= begin.sequence)
  return {
    spaceId: span.spaceId,
    first,
    last,
    entries: done,
    fault: fault === null ? null : describeChainFault(fault),
    published,
    remembered: passed.reduce<TextHead | null>((a, b) => (a && BigInt(a.sequence) > BigInt(b.sequence) ? a : b), null),
    sum: fault === null ? tally.result() : null,
    tookMs: performance.now() - begunAt,
  }
}

/** The browser's own way to let others have their turn; a timer would wait four milliseconds each time. */
function turn(): Promise<void> {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } }
  return scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve))
}

function headOf({ sequence, hash }: TextHead): ChainHead {
  return { sequence: BigInt(sequence), hash }
}

/** By the name that whoever knows the space's id can work out. */
async function publishedHead(source: ChainSource, spaceId: string): Promise<TextHead | null> {
  const name = sha256(canonicalTuple(['meterbook/chain', spaceId]))
  let cursor: string | null = null
  for (let page = 0; page < HEAD_PAGES_MAX; page++) {
    const answer = await source.published(cursor)
    const own = answer.heads.find(({ chain }) => chain === name)
    if (own !== undefined) return { sequence: own.sequence, hash: own.hash }
    if (answer.cursor === null) return null
    cursor = answer.cursor
  }
  return null
}

/** Adds up what a month's entries come to. Of one that is not issued, terms and rounding are not posted yet. */
function createTally(month: ChainSpan['month']) {
  let amount = '0'
  let entries = 0
  return {
    add(entry: LedgerEntry) {
      if (month === null || !('amount' in entry) || entry.billedIn.start !== month.billedInStart) return
      amount = addDecimals(amount, entry.amount)
      entries++
    },
    result(): ChainVerdict['sum'] {
      if (month === null) return null
      const expected = month.issuedAt === null ? amount : month.total
      return { amount, entries, expected, isEqual: compareDecimals(amount, expected) === 0 }
    },
  }
}
