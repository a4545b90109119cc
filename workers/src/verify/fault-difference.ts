import { type ChainReport, PLATFORM_SPACE_ID } from '@meterbook/core/ledger'
import type { Difference } from '@meterbook/core/reconciliation'
import type { JournalReport } from '../ledger/verify-ledger.ts'

const NOWHERE = {
  ...{ shard: null, first: null, last: null, appId: '', meter: '', meterVersion: null, hour: null, spaceId: '' },
  ...{ environment: '', isExempt: null },
} as const

/** A chain's fault as an incident says it: `first` is the sequence of the row. The platform's chain is of no space, and so concerns all. */
export function chainDifference({ spaceId, fault }: ChainReport): Difference | null {
  if (fault === null) return null
  const { sequence, part, expected, found } = fault
  return {
    ...NOWHERE,
    ...{ what: 'ledger_chain', figure: fault.fault, first: sequence, last: sequence, expected, found },
    spaceId: spaceId === PLATFORM_SPACE_ID ? '' : spaceId,
    difference: '1',
    positions: [`entry ${sequence}: ${part}`],
  }
}

/** The audit log's fault: of no space, since the log is one. */
export function auditDifference({ fault }: ChainReport): Difference | null {
  if (fault === null) return null
  const { sequence, part, expected, found } = fault
  return {
    ...NOWHERE,
    ...{ what: 'audit_chain', figure: fault.fault, first: sequence, last: sequence, expected, found },
    difference: '1',
    positions: [`entry ${sequence}: ${part}`],
  }
}

/** The same of a shard's journal: `first` is the number of the batch, or of the first of those that are in doubt together. */
export function journalDifference({ shard, fault }: JournalReport): Difference | null {
  if (fault === null) return null
  const { batch, part, expected, found } = fault
  return {
    ...NOWHERE,
    ...{ what: 'journal_seal', figure: fault.fault, shard, first: batch, last: batch, expected, found },
    difference: '1',
    positions: [`batch ${batch}: ${part}`],
  }
}
