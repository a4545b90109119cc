import type { Instant } from '@meterbook/core/kernel'
import { parseInstant, QUANTITY_SCALE } from '@meterbook/core/kernel'
import type { ChainHead } from '@meterbook/core/ledger'
import type { PostingDraft } from '@meterbook/core/posting'
import { AMOUNT_SCALE, scaledOf } from '@meterbook/core/rating'
import {
  type AccountKey,
  addBase,
  listPostedSince,
  type PoolClient,
  type PostedTotal,
  readPostedTotals,
  segmentOf,
} from '@meterbook/db/postgres'

/** Beyond this all of them are read anew: an account takes some hundred bytes for each price of its month. */
const ACCOUNTS_MAX = 50_000
/** Where others posted more than this since, reading the accounts again costs less than finding out which. */
const ENTRIES_SINCE_MAX = 20_000

/**
 * What accounts come to as of a head of their space's chain. Entries never change, so what they added up to at one head stays true, and only what was
 * posted after it has to be added: without this, each page of a month reads all of the month's entries again. To be asked under the lock of the
 * head. Only saves work: forgotten at any time, everything is read anew.
 */
export class PostedAccounts {
  readonly #spaces = new Map<string, KnownSpace>()
  #count = 0

  /** Totals of these accounts as of the head; those that are not known yet are read. */
  async totalsOf(
    client: PoolClient,
    input: { spaceId: string; head: ChainHead; accounts: readonly AccountKey[]; cuts: readonly Instant[] },
  ): Promise<PostedTotal[]> {
    const { spaceId, accounts, cuts } = input
    const known = await this.#knownAt(client, input)
    const missing = accounts.filter((account) => !known.accounts.has(keyOf(account)))
    const read = await readPostedTotals(client, { spaceId, accounts: missing, cuts })
    for (const account of missing) known.accounts.set(keyOf(account), [])
    for (const total of read) known.accounts.get(keyOf(total))?.push(total)
    this.#count += missing.length
    return accounts.flatMap((account) => known.accounts.get(keyOf(account)) ?? [])
  }

  /** Takes in what was posted of accounts whose totals are known, once it is committed. */
  add(input: { spaceId: string; head: ChainHead; drafts: readonly PostingDraft[] }): void {
    const known = this.#spaces.get(input.spaceId)
    if (known === undefined) return
    for (const draft of input.drafts) {
      const account = { appId: draft.app, capabilityKey: draft.capability, periodStart: instantOf(draft.period.start) }
      const totals = known.accounts.get(keyOf(account))
      if (totals !== undefined) addDraft(totals, { account, draft, cuts: known.cuts })
    }
    known.head = input.head
  }

  /** Whoever is not sure what was committed forgets. */
  forget(spaceId: string): void {
    this.#count -= this.#spaces.get(spaceId)?.accounts.size ?? 0
    this.#spaces.delete(spaceId)
  }

  async #knownAt(
    client: PoolClient,
    { spaceId, head, cuts }: { spaceId: string; head: ChainHead; cuts: readonly Instant[] },
  ): Promise<KnownSpace> {
    if (this.#count > ACCOUNTS_MAX) for (const each of [...this.#spaces.keys()]) this.forget(each)
    const known = this.#spaces.get(spaceId)
    if (known !== undefined && known.cuts.join() === cuts.join()) {
      if (known.head.sequence === head.sequence && known.head.hash === head.hash) return known
      const since = head.sequence - known.head.sequence
      if (since > 0n && since <= ENTRIES_SINCE_MAX) {
        const posted = await listPostedSince(client, { spaceId, after: known.head.sequence, through: head.sequence })
        for (const account of posted) if (known.accounts.delete(keyOf(account))) this.#count -= 1
        known.head = head
        return known
      }
    }
    this.forget(spaceId)
    const made = { head, cuts, accounts: new Map<string, PostedTotal[]>() }
    this.#spaces.set(spaceId, made)
    return made
  }
}

interface KnownSpace {
  head: ChainHead
  cuts: readonly Instant[]
  accounts: Map<string, PostedTotal[]>
}

function addDraft(
  totals: PostedTotal[],
  { account, draft, cuts }: { account: AccountKey; draft: PostingDraft; cuts: readonly Instant[] },
): void {
  const [start, end] = [instantOf(draft.window.start), instantOf(draft.window.end)]
  const segment = segmentOf(cuts, start)
  let total = totals.find((each) => each.isExempt === draft.exempt && each.segment === segment)
  if (total === undefined) {
    total = { ...account, isExempt: draft.exempt, segment, start, end, bases: [], amount: 0n }
    totals.push(total)
  }
  total.amount += scaledOf(draft.amount, AMOUNT_SCALE)
  for (const { base, ...of } of draft.measured) addBase(total.bases, { ...of, base: scaledOf(base, QUANTITY_SCALE) })
}

function keyOf({ appId, capabilityKey, periodStart }: AccountKey): string {
  return `${appId} ${periodStart} ${capabilityKey}`
}

function instantOf(text: string): Instant {
  const read = parseInstant(text)
  if (!read.ok) throw new RangeError('expected an instant that core wrote')
  return read.value
}
