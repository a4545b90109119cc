// Posting: which entries make the ledger say what was measured.
// Promises: the difference and nothing else, in one order; asked again after its entries were posted, there is none.
// Does not know: how entries are chained or stored, how usage was read, when any of it happens.
export type {
  Account,
  AccountUsage,
  AccountWindow,
  MeasuredWindow,
  MeterBase,
  PostedWindow,
  PostingCause,
  PostingDraft,
  PostingFacts,
} from './account.ts'
export type { KnownRatings } from './account-balance.ts'
export { billedIn } from './billed-in.ts'
export { decidePostings, type ExpectedChange, expectedChanges } from './decide-postings.ts'
export { quantityOfBases } from './measured-base.ts'
export { type PriceShare, priceShare, type ShareQuestion } from './price-share.ts'
export { type WhatIfAccount, whatIfAccounts } from './what-if-accounts.ts'
