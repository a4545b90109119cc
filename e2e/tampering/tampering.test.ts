import type { PoolClient } from '@meterbook/db/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LedgerReport, verifyWithin } from '../../workers/src/ledger/verify-ledger.ts'
import { Dice } from '../torture/dice.ts'
import { type LedgerToTouch, openLedgerToTouch } from './ledger-to-touch.ts'
import { MUTATIONS, type Place } from './mutations.ts'

const COUNT = 1_000
const SEED = 'tampering'

let ledger: LedgerToTouch
beforeAll(async () => {
  ledger = await openLedgerToTouch()
})
afterAll(() => ledger.drop())

/** What verification says of the tables as they are in the transaction under way. */
const verify = (): Promise<LedgerReport> =>
  verifyWithin(ledger.superuser as unknown as PoolClient, {
    spaceIds: null,
    held: [],
    signal: new AbortController().signal,
  })

/** Half a minute on a quiet machine. */
const TAMPERING_MS_MAX = 600_000

test(
  'whatever is touched, with every right and every guard off, is named: a thousand times',
  async () => {
    expect(await verify()).toMatchObject({ isWell: true, chains: { length: 3 }, journal: { length: 2 } })
    const dice = new Dice(SEED)
    const names = Object.keys(MUTATIONS)
    const unnamed: string[] = []
    let done = 0
    while (done < COUNT) {
      const name = names[done % names.length] as string
      await ledger.superuser.query('BEGIN')
      const place = await MUTATIONS[name]?.({ db: ledger.superuser, dice, ledger })
      const report = place ? await verify() : null
      await ledger.superuser.query('ROLLBACK')
      if (!place || report === null) continue
      done++
      if (!isNamed(report, place)) unnamed.push(`${done} ${name}: ${text(place)} as ${text(faultsOf(report))}`)
    }
    expect(unnamed).toEqual([])
    // Nothing of it stayed, so each was named by itself.
    expect(await verify()).toMatchObject({ isWell: true })
  },
  TAMPERING_MS_MAX,
)

/** There is one fault, and it is where the mutation was. */
function isNamed(report: LedgerReport, place: Place): boolean {
  if (report.isWell || faultsOf(report).length !== 1) return false
  const within = (found: bigint) => found >= place.first && found <= place.last
  if (place.in === 'ledger') {
    return report.chains.some(({ fault }) => fault?.spaceId === place.spaceId && within(fault.sequence))
  }
  return report.journal.some(({ fault }) => fault?.shard === place.shard && within(fault.batch))
}

function faultsOf({ chains, journal }: LedgerReport): unknown[] {
  return [...chains, ...journal].flatMap(({ fault }) => (fault === null ? [] : [fault]))
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each))
}
