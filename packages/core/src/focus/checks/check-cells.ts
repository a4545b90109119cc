import { DESCRIPTION_LENGTH_MAX } from '../cost-and-usage.ts'
import { categoryOf, SERVICE_CATEGORIES } from '../service-category.ts'
import { type Check, type CheckInput, eachRow, numberIn, signOf } from './fault.ts'

const CATEGORIES = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment']
const FREQUENCIES = ['One-Time', 'Recurring', 'Usage-Based']
const PRICING_CATEGORIES = ['Standard', 'Dynamic', 'Committed', 'Other']

function notNull(input: CheckInput, columns: readonly string[]): void {
  eachRow(input, (row, fault) => {
    for (const column of columns) if ((row[column] ?? null) === null) fault(column, 'not null')
  })
}

/** null, or one of these. Whether null is right is another check. */
function oneOf(input: CheckInput, column: string, values: readonly string[]): void {
  eachRow(input, (row, fault) => {
    const value = row[column] ?? null
    if (value !== null && !values.includes(value)) fault(column, values.join(' or '))
  })
}

/** 16 */
export const costsAreThere: Check = (input) =>
  notNull(input, ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'])

/** 17 */
export const whoAndWhenAreThere: Check = (input) =>
  notNull(input, [
    'BillingAccountId',
    'BillingPeriodStart',
    'BillingPeriodEnd',
    'ChargePeriodStart',
    'ChargePeriodEnd',
    'ServiceName',
    'ServiceCategory',
    'ServiceProviderName',
    'InvoiceIssuerName',
  ])

/** 18 */
export const accountHasItsName: Check = (input) => notNull(input, ['BillingAccountName'])

/** 19 */
export const chargeCategoryIsKnown: Check = (input) => {
  notNull(input, ['ChargeCategory'])
  oneOf(input, 'ChargeCategory', CATEGORIES)
}

/** 20 */
export const chargeClassIsKnown: Check = (input) => oneOf(input, 'ChargeClass', ['Correction'])

/** 21 */
export const chargeFrequencyIsKnown: Check = (input) => {
  notNull(input, ['ChargeFrequency'])
  oneOf(input, 'ChargeFrequency', FREQUENCIES)
  eachRow(input, (row, fault) => {
    if (row.ChargeFrequency === 'Usage-Based' && row.ChargeCategory === 'Purchase') {
      fault('ChargeFrequency', 'One-Time or Recurring for a Purchase')
    }
  })
}

/** 22 */
export const pricingCategoryIsKnown: Check = (input) => oneOf(input, 'PricingCategory', PRICING_CATEGORIES)

/** 23 */
export const serviceCategoriesAreKnown: Check = (input) => {
  oneOf(input, 'ServiceCategory', SERVICE_CATEGORIES)
  eachRow(input, (row, fault) => {
    const value = row.ServiceSubcategory ?? null
    if (value !== null && categoryOf(value) === null) fault('ServiceSubcategory', 'one of the 82 of FOCUS')
  })
}

/** 24: a reversal has a negative quantity, never a negative price. */
export const unitPricesAreNotNegative: Check = (input) =>
  eachRow(input, (row, fault) => {
    for (const column of ['ListUnitPrice', 'ContractedUnitPrice']) {
      const price = numberIn(row, column)
      if (price !== null && signOf(price) < 0) fault(column, 'at least 0')
    }
  })

/** 25 */
export const descriptionsSaySomething: Check = (input) =>
  eachRow(input, (row, fault) => {
    const text = row.ChargeDescription ?? null
    if (text === null || text.length > DESCRIPTION_LENGTH_MAX) {
      fault('ChargeDescription', `a text of at most ${DESCRIPTION_LENGTH_MAX} characters`)
    }
  })
