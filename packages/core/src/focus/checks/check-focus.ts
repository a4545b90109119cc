import type { FocusDataset } from '../dataset.ts'
import * as cells from './check-cells.ts'
import * as costs from './check-costs.ts'
import * as datasets from './check-datasets.ts'
import * as formats from './check-formats.ts'
import * as nulls from './check-nulls.ts'
import * as periods from './check-periods.ts'
import * as rating from './check-rating.ts'
import * as rows from './check-rows.ts'
import * as shape from './check-shape.ts'
import type { Check, FocusFacts, FocusFault } from './fault.ts'

/** Check n is the n-th, from 1: the numbers are those of docs/exports.md. */
const CHECKS: readonly Check[] = [
  shape.headerIsDeclared,
  shape.mandatoryColumnsAreThere,
  shape.applicableColumnsAreThere,
  shape.noColumnIsUnknown,
  shape.namesAreInStyle,
  shape.metadataMatchesHeader,
  formats.instantsAreOfFocus,
  formats.decimalsArePlain,
  formats.numbersAreNumbers,
  formats.nothingStandsForNull,
  formats.currenciesAreOfIso,
  formats.unitsAreOfFocus,
  formats.keyValuesAreFlat,
  formats.skuPriceKeysAreKnown,
  formats.textsAreClean,
  cells.costsAreThere,
  cells.whoAndWhenAreThere,
  cells.accountHasItsName,
  cells.chargeCategoryIsKnown,
  cells.chargeClassIsKnown,
  cells.chargeFrequencyIsKnown,
  cells.pricingCategoryIsKnown,
  cells.serviceCategoriesAreKnown,
  cells.unitPricesAreNotNegative,
  cells.descriptionsSaySomething,
  periods.billingPeriodIsAMonth,
  periods.chargePeriodIsADay,
  periods.usageLiesInItsPeriod,
  periods.correctionIsOfAClosedMonth,
  nulls.subAccountHasItsName,
  nulls.skuHasItsMeter,
  nulls.withoutSkuPriceNothingIsPriced,
  nulls.skuPriceHasUnitPrices,
  nulls.pricingQuantityHasItsUnit,
  nulls.consumedQuantityHasItsUnit,
  nulls.usageIsPricedAndMeasured,
  nulls.onlyUsageIsConsumed,
  nulls.taxHasNoPrice,
  costs.listCostIsTheProduct,
  costs.contractedCostIsTheProduct,
  costs.lumpCostsAreBilled,
  costs.effectiveCostIsBilled,
  costs.issuerMayBill,
  nulls.usageHasAHost,
  costs.whatIsFreeCostsNothing,
  costs.quantitiesAgree,
  costs.costsHaveTheQuantitysSign,
  costs.roundingIsSmall,
  rows.skuPriceHasOneSku,
  rows.skuHasOneMeter,
  rows.serviceHasOneCategory,
  rows.subcategoryIsOfItsCategory,
  rows.skuPriceHasOnePriceInAVersion,
  rows.invoiceIsOfOneAccountAndMonth,
  rows.chargesAreUnique,
  rows.idsStillMeanTheSame,
  rows.namesAreOfTheirTime,
  rating.allowanceIsUsedFirst,
  rating.monthsCostWhatTheBookSays,
  rows.rowsAddUpToWhatIsShown,
  rows.noRowStraddlesAPrice,
  datasets.everyMonthHasItsPeriod,
  datasets.periodsOnlyClose,
  datasets.closedRowsHaveTheirInvoice,
  datasets.linesExistOnce,
  datasets.linesHaveOneCategory,
  datasets.rowsAddUpToLines,
  datasets.invoicesArePayable,
  datasets.linesAreMadeBeforeTheyChange,
  datasets.linesSayHowTheyStand,
  datasets.closedFilesAreFinal,
  datasets.profileHasTheSameSums,
]

/** Of each check no more faults are listed: the first thousand say what is wrong, and a million would fill the memory. */
const FAULTS_OF_A_CHECK_MAX = 1_000

/** All 72 checks on a delivery, in memory. Empty: it passes. Faults in the order of the checks; pure, and never throws for a bad cell. */
export function checkFocus(dataset: FocusDataset, facts: FocusFacts): FocusFault[] {
  const faults: FocusFault[] = []
  for (const [index, check] of CHECKS.entries()) {
    let count = 0
    check({
      dataset,
      facts,
      report(fault) {
        if (count++ < FAULTS_OF_A_CHECK_MAX) faults.push({ check: index + 1, ...fault })
      },
    })
  }
  return faults
}
