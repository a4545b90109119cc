// Forecast: what is to be expected from what was: a period's end, an allowance's end, and the silence of an app that usually speaks.
// Promises: a pure function of past usage and prices; money is rated by the price book and never drawn on as a line; what is not known widens the range.
// Does not know: stores, pages, the clock; why anybody used anything.

export { type AccountCost, accountCosts } from './account-costs.ts'
export { type AllowanceUse, allowanceUses } from './allowance-use.ts'
export { type BackTest, backTest } from './back-test.ts'
export { forecastPeriod } from './forecast-period.ts'
export { silenceOf } from './silence.ts'
export type { UsageDays } from './usage-days.ts'
