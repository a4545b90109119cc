// Quarantine: what is held, why, what would cure it, and what it would cost by the list.
// Promises: every reason has a cure that names the next step; money at stake is exact, or it says why it cannot be told.
// Does not know: who may cure it, allowances, what was billed, where events are kept.
export { type Cure, cureOf, QUARANTINE_REASONS } from './cure.ts'
export { type MovedMoney, movedMoney } from './moved-money.ts'
export {
  addStake,
  EMPTY_STAKE,
  type EventStake,
  eventStake,
  type ListPrice,
  type PriceBook,
  type Prices,
  type StakeFault,
  type StakeSum,
  stakeTexts,
} from './stake.ts'
export { validationError } from './validation-error.ts'
