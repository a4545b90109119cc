// Settlement's reading: what was measured in windows of accounts, put together from both stores, in the words in which core decides what to post.
// Promises: as of one journal number, whatever comes meanwhile; the same question has one answer. Settling, reconciling and statements ask here alike.
// Does not know: what is posted, what an amount is, when anybody asks.
export type { AccountWindows, MeasuredAccount } from './account-windows.ts'
export { BillingFacts, type SettlementFault } from './billing-facts.ts'
export { type OpenAccount, OpenUsage } from './open-usage.ts'
export { type EventSettlement, type RecordedEvent, readEventSettlement } from './read-event-shares.ts'
export { readUnsettled, type UnsettledUsage } from './read-unsettled.ts'
export { partKey, readUsedParts, type UsedParts } from './read-used-parts.ts'
export { hourOf, PAGE_CELLS, PageSize, readWindows } from './read-windows.ts'
