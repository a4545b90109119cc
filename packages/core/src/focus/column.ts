/** `integer`: custom columns only; FOCUS has no whole number of its own that we fill. `json`: a key-value object as text. */
export type FocusType = 'string' | 'decimal' | 'integer' | 'datetime' | 'json'

/** level: M mandatory, C conditional (and the condition holds for us), R should, X custom (`x_`). */
export interface FocusColumn {
  name: string
  type: FocusType
  level: 'M' | 'C' | 'R' | 'X'
  isNullable: boolean
}

/** A row by column name. null is FOCUS's null; the empty text is never a value. */
export type FocusRow = Readonly<Record<string, string | null>>

export interface FocusTable {
  columns: readonly string[]
  rows: readonly FocusRow[]
}

const DECIMAL: FocusType = 'decimal'
const MONEY = column('M', DECIMAL, false)

function column(level: FocusColumn['level'], type: FocusType, isNullable: boolean): Omit<FocusColumn, 'name'> {
  return { level, type, isNullable }
}

function table(columns: Record<string, Omit<FocusColumn, 'name'>>): readonly FocusColumn[] {
  return Object.entries(columns).map(([name, rest]) => ({ name, ...rest }))
}

/** Cost and Usage of FOCUS 1.4: the 37 columns that apply to us, alphabetically, then our own. Tags only where apps have tags. */
export const COST_AND_USAGE = table({
  BilledCost: MONEY,
  BillingAccountId: column('M', 'string', false),
  BillingAccountName: column('M', 'string', true),
  BillingCurrency: column('M', 'string', false),
  BillingPeriodEnd: column('M', 'datetime', false),
  BillingPeriodStart: column('M', 'datetime', false),
  ChargeCategory: column('M', 'string', false),
  ChargeClass: column('M', 'string', true),
  ChargeDescription: column('M', 'string', true),
  ChargeFrequency: column('R', 'string', false),
  ChargePeriodEnd: column('M', 'datetime', false),
  ChargePeriodStart: column('M', 'datetime', false),
  ConsumedQuantity: column('C', DECIMAL, true),
  ConsumedUnit: column('C', 'string', true),
  ContractedCost: MONEY,
  ContractedUnitPrice: column('C', DECIMAL, true),
  EffectiveCost: MONEY,
  HostProviderName: column('M', 'string', true),
  InvoiceDetailId: column('C', 'string', true),
  InvoiceId: column('C', 'string', true),
  InvoiceIssuerName: column('M', 'string', false),
  ListCost: MONEY,
  ListUnitPrice: column('C', DECIMAL, true),
  PricingCategory: column('C', 'string', true),
  PricingQuantity: column('M', DECIMAL, true),
  PricingUnit: column('M', 'string', true),
  ServiceCategory: column('M', 'string', false),
  ServiceName: column('M', 'string', false),
  ServiceProviderName: column('M', 'string', false),
  ServiceSubcategory: column('R', 'string', false),
  SkuId: column('C', 'string', true),
  SkuMeter: column('C', 'string', true),
  SkuPriceDetails: column('C', 'json', true),
  SkuPriceId: column('C', 'string', true),
  SubAccountId: column('C', 'string', true),
  SubAccountName: column('C', 'string', true),
  Tags: column('C', 'json', true),
  x_Environment: column('X', 'string', true),
  x_InstallationId: column('X', 'string', true),
  x_LedgerSequenceFirst: column('X', 'integer', false),
  x_LedgerSequenceLast: column('X', 'integer', false),
  x_OriginalInvoiceId: column('X', 'string', true),
  x_PriceBook: column('X', 'string', true),
  x_PriceVersion: column('X', 'datetime', true),
  x_Reason: column('X', 'string', true),
})

/** Billing Period of FOCUS 1.4, all six columns. */
export const BILLING_PERIOD = table({
  BillingPeriodCreated: column('M', 'datetime', false),
  BillingPeriodEnd: column('M', 'datetime', false),
  BillingPeriodLastUpdated: column('M', 'datetime', false),
  BillingPeriodStart: column('M', 'datetime', false),
  BillingPeriodStatus: column('M', 'string', false),
  InvoiceIssuerName: column('M', 'string', false),
})

/** Invoice Detail of FOCUS 1.4 without the four columns for other payment currencies and purchase orders. */
export const INVOICE_DETAIL = table({
  BilledCost: MONEY,
  BillingAccountId: column('M', 'string', false),
  BillingCurrency: column('M', 'string', false),
  BillingPeriodEnd: column('M', 'datetime', false),
  BillingPeriodStart: column('M', 'datetime', false),
  ChargeCategory: column('M', 'string', false),
  InvoiceDetailCreated: column('M', 'datetime', false),
  InvoiceDetailDescription: column('M', 'string', true),
  InvoiceDetailGrain: column('M', 'json', true),
  InvoiceDetailId: column('M', 'string', false),
  InvoiceDetailLastUpdated: column('M', 'datetime', false),
  InvoiceId: column('M', 'string', false),
  InvoiceIssueDate: column('M', 'datetime', true),
  InvoiceIssueStatus: column('M', 'string', false),
  InvoiceIssuerName: column('M', 'string', false),
  PaymentDueDate: column('M', 'datetime', true),
  PaymentTerms: column('M', 'string', false),
  ReferenceInvoiceId: column('M', 'string', false),
})

/** Columns of Cost and Usage 1.4 whose condition does not hold for us: known, and left out. */
export const COLUMNS_NOT_APPLICABLE: readonly string[] = words(`
  AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName AllocatedTags AvailabilityZone BillingAccountType
  CapacityReservationId CapacityReservationStatus CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName
  CommitmentDiscountQuantity CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit CommitmentProgramEligibilityDetails
  ContractApplied PricingCurrency PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice RegionId
  RegionName ResourceId ResourceName ResourceType SubAccountType`)

/** All 57 columns of Cost and Usage 1.2; its validator wants every one of them, unused ones empty. */
export const COLUMNS_OF_1_2: readonly string[] = words(`
  AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingAccountType BillingCurrency BillingPeriodEnd BillingPeriodStart
  CapacityReservationId CapacityReservationStatus ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd
  ChargePeriodStart CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity
  CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice
  EffectiveCost InvoiceId InvoiceIssuerName ListCost ListUnitPrice PricingCategory PricingCurrency PricingCurrencyContractedUnitPrice
  PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName
  ResourceId ResourceName ResourceType ServiceCategory ServiceName ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId
  SubAccountId SubAccountName SubAccountType Tags`)

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** Names of the columns that are emitted, in order. */
export function columnNames(columns: readonly FocusColumn[], options: { hasTags: boolean }): string[] {
  return columns.map(({ name }) => name).filter((name) => name !== 'Tags' || options.hasTags)
}
