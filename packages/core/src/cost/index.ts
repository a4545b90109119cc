// Cost: what usage comes to along time, cut into any buckets and groups, and why one period costs more than another.
// Promises: sums of the amounts that are posted or will be; however they are cut, the pieces add up to the last digit.
// Does not know: ledgers, stores, rights, statements; how an amount came about.

export { addSums, type CostCell, type CostSums, NO_SUMS, savedBy, shareOf, type Used } from './cost-cell.ts'
export { costTable, type Summed, type UsedUntil } from './cost-table.ts'
export { type ChangeLine, type CostChange, type CostEffect, type EffectKind, explainChange } from './explain-change.ts'
