import { type Instant, multiplyDecimals } from '../kernel/index.ts'
import { minorDigitsOf } from '../statement/index.ts'
import type { FocusCharge, LumpCharge, UsageCharge } from './charge.ts'
import type { FocusRow } from './column.ts'
import { decimalCell } from './decimal-cell.ts'
import { instantCell, instantOf } from './instant-cell.ts'
import { appUrn, type FocusApp, type FocusParties, nameAt, spaceUrn, textCell } from './party.ts'
import { inPricingUnits, isFreeTier, pricingUnitOf, skuOf, skuPriceOf } from './sku.ts'
import { categoryOfLine, type FocusStatement, isIssued, lineFinder } from './statement.ts'

/** Longest ChargeDescription, declared in the metadata. */
export const DESCRIPTION_LENGTH_MAX = 1_000

/**
 * Turns charges into rows of Cost and Usage 1.4, one each.
 * @param input.statements every month that the charges are billed in, and every closed month that they correct
 * @returns throws RangeError for a charge that is in no month or line given, or that FOCUS cannot express without loss
 */
export function costAndUsageRows(input: {
  parties: FocusParties
  statements: readonly FocusStatement[]
}): (charge: FocusCharge) => FocusRow {
  const { parties } = input
  const months = new Map(input.statements.map((statement) => [instantOf(statement.period.start), statement]))
  const finders = new Map(input.statements.filter(isIssued).map((statement) => [statement.id, lineFinder(statement)]))
  const apps = new Map(parties.apps.map((app) => [app.id, app]))
  return (charge) => {
    const statement = months.get(charge.billedIn.start)
    if (statement === undefined) {
      throw new RangeError(`expected the statement of the month from ${instantCell(charge.billedIn.start)}, found none`)
    }
    const findLine = finders.get(statement.id)
    const shared = {
      BillingAccountId: spaceUrn(parties.space.id),
      BillingCurrency: charge.currency,
      BillingPeriodEnd: instantCell(charge.billedIn.end),
      BillingPeriodStart: instantCell(charge.billedIn.start),
      ...costsOf(charge.amount),
      InvoiceDetailId: findLine === undefined ? null : findLine(charge),
      InvoiceId: findLine === undefined ? null : statement.id,
      InvoiceIssuerName: parties.operator,
      ServiceProviderName: parties.operator,
      x_LedgerSequenceFirst: `${charge.sequenceFirst}`,
      x_LedgerSequenceLast: `${charge.sequenceLast}`,
    }
    return charge.kind === 'usage'
      ? { ...shared, ...usageCells(charge, { parties, app: apps.get(charge.app), months }) }
      : { ...shared, ...lumpCells(charge, parties) }
  }
}

/** Without prepayment and negotiated prices the four are one. */
function costsOf(amount: string): FocusRow {
  const cost = decimalCell(amount)
  return { BilledCost: cost, ContractedCost: cost, EffectiveCost: cost, ListCost: cost }
}

function usageCells(
  charge: UsageCharge,
  {
    parties,
    app,
    months,
  }: { parties: FocusParties; app: FocusApp | undefined; months: ReadonlyMap<Instant, FocusStatement> },
): FocusRow {
  const sku = skuOf(charge.capability, charge.unit)
  const { suffix, word } = skuPriceOf(charge.tier)
  const per = charge.per ?? '1'
  const unitPrice = decimalCell(charge.unitPrice ?? '0')
  // What costs nothing has no units charged, but was used, and FOCUS wants the quantity.
  const units = isFreeTier(charge.tier) ? inPricingUnits(charge.quantity, per) : charge.units
  if (decimalCell(multiplyDecimals(units, unitPrice)) !== decimalCell(charge.amount)) {
    throw new RangeError(
      `expected ${units} × ${unitPrice} in entries ${charge.sequenceFirst} to ${charge.sequenceLast}, found ${charge.amount}`,
    )
  }
  return {
    BillingAccountName: nameAt(parties.space.names, charge.day.start, parties.space.id),
    ChargeCategory: 'Usage',
    ChargeClass: charge.correction === null ? null : 'Correction',
    ChargeDescription: usageDescription(charge, { label: sku.label, app }),
    ChargeFrequency: 'Usage-Based',
    ChargePeriodEnd: instantCell(charge.day.end),
    ChargePeriodStart: instantCell(charge.day.start),
    ConsumedQuantity: decimalCell(charge.quantity),
    ConsumedUnit: sku.unit,
    ContractedUnitPrice: unitPrice,
    HostProviderName: parties.operator,
    ListUnitPrice: unitPrice,
    PricingCategory: 'Standard',
    PricingQuantity: decimalCell(units),
    PricingUnit: charge.tier.startsWith('flat_') ? 'Units' : pricingUnitOf(sku.unit, per),
    ServiceCategory: sku.serviceCategory,
    ServiceName: sku.serviceName,
    ServiceSubcategory: sku.serviceSubcategory,
    SkuId: charge.capability,
    SkuMeter: sku.meter,
    SkuPriceDetails: JSON.stringify({ x_PriceTier: word }),
    SkuPriceId: `${charge.capability}:${suffix}`,
    SubAccountId: appUrn(charge.app),
    SubAccountName: nameAt(app?.names ?? [], charge.day.start, charge.app),
    Tags: app?.tags === undefined || Object.keys(app.tags).length === 0 ? null : JSON.stringify(app.tags),
    x_Environment: textCell(charge.environment),
    x_InstallationId: charge.installation,
    x_OriginalInvoiceId: charge.correction === null ? null : originalInvoice(charge, months),
    x_PriceBook: charge.priceBook,
    x_PriceVersion: charge.priceVersion === null ? null : instantCell(instantOf(charge.priceVersion)),
    x_Reason: charge.correction,
  }
}

function originalInvoice(charge: UsageCharge, months: ReadonlyMap<Instant, FocusStatement>): string {
  const original = months.get(charge.period.start)
  if (original === undefined || !isIssued(original)) {
    throw new RangeError(
      `expected the issued statement of the month from ${instantCell(charge.period.start)}, which entry ${charge.sequenceFirst} corrects`,
    )
  }
  return original.id
}

const LUMPS = {
  rounding: { service: 'Statement rounding', reason: 'Rounding' },
  discount: { service: 'Statement discount', reason: 'Discount' },
  minimum: { service: 'Statement minimum', reason: 'Minimum' },
  credit: { service: 'Statement credit', reason: 'Credit' },
} as const satisfies Record<LumpCharge['kind'], unknown>

/** An amount beside usage: no SKU, so no quantity and no unit price, over the whole month. */
function lumpCells(charge: LumpCharge, parties: FocusParties): FocusRow {
  const { service, reason } = LUMPS[charge.kind]
  const text = charge.kind === 'rounding' ? roundingText(charge.currency) : (textCell(charge.text) ?? service)
  return {
    ...NO_SKU,
    BillingAccountName: nameAt(parties.space.names, charge.billedIn.start, parties.space.id),
    ChargeCategory: categoryOfLine(charge.kind),
    ChargeDescription: cut(text),
    ChargeFrequency: 'One-Time',
    ChargePeriodEnd: instantCell(charge.billedIn.end),
    ChargePeriodStart: instantCell(charge.billedIn.start),
    ServiceCategory: 'Other',
    ServiceName: service,
    ServiceSubcategory: 'Other (Other)',
    x_Reason: reason,
  }
}

const NO_SKU: FocusRow = {
  ChargeClass: null,
  ConsumedQuantity: null,
  ConsumedUnit: null,
  ContractedUnitPrice: null,
  HostProviderName: null,
  ListUnitPrice: null,
  PricingCategory: null,
  PricingQuantity: null,
  PricingUnit: null,
  SkuId: null,
  SkuMeter: null,
  SkuPriceDetails: null,
  SkuPriceId: null,
  SubAccountId: null,
  SubAccountName: null,
  Tags: null,
  x_Environment: null,
  x_InstallationId: null,
  x_OriginalInvoiceId: null,
  x_PriceBook: null,
  x_PriceVersion: null,
}

const TIER_TEXTS: Record<string, string | null> = {
  allowance: 'within the allowance',
  overage: null,
  exempt: 'exempt installation',
  unpriced: 'before its first price',
}

const REASON_TEXTS: Record<NonNullable<UsageCharge['correction']>, string> = {
  LateUsage: 'late usage of',
  Cancellation: 'cancelled usage of',
  Amendment: 'amended usage of',
  Reattribution: 're-attributed usage of',
  Repricing: 'repriced usage of',
  Mixed: 'corrected usage of',
}

function usageDescription(charge: UsageCharge, { label, app }: { label: string; app: FocusApp | undefined }): string {
  const tier = TIER_TEXTS[charge.tier]
  const parts = [
    label,
    nameAt(app?.names ?? [], charge.day.start, charge.app),
    textCell(charge.environment),
    tier === undefined ? skuPriceOf(charge.tier).word.toLowerCase() : tier,
    charge.correction === null ? null : `${REASON_TEXTS[charge.correction]} ${dateText(charge.day.start)}`,
  ]
  return cut(parts.filter((part) => part !== null).join(', '))
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')

/** `30 July 2026`, in UTC as the charge period is. */
function dateText(instant: Instant): string {
  const [year, month, day] = instantCell(instant).slice(0, 10).split('-')
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`
}

function roundingText(currency: string): string {
  const digits = minorDigitsOf(currency)
  return digits === 2 && (currency === 'USD' || currency === 'EUR')
    ? 'Rounding of the statement to whole cents'
    : `Rounding of the statement to ${digits} digits after the point`
}

/** A description is for people: a longer one ends in an ellipsis. */
function cut(text: string): string {
  return text.length <= DESCRIPTION_LENGTH_MAX ? text : `${text.slice(0, DESCRIPTION_LENGTH_MAX - 1).toWellFormed()}…`
}
