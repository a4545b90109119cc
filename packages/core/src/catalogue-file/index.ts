// catalogue-file: the catalogue as a file, and what has to be done so that a catalogue is as a file says.
// Promises: what is so already is left alone; nothing is edited that may not be, and nothing is ever taken away; an order that can be followed.
// Does not know: YAML, lines and columns, where a catalogue is kept, who may change it.
export { type FactKind, type FilePath, instantOf } from './catalogue-facts.ts'
export { CATALOGUE_FORMAT, CatalogueFile, catalogueFileSchema } from './catalogue-file.ts'
export {
  BillingZone,
  CurrencyCode,
  DisplayName,
  EventKey,
  InstantText,
  Slug,
} from './catalogue-text.ts'
export type { CatalogueFault } from './find-faults.ts'
export { type CataloguePlan, type PlanStep, planCatalogue } from './plan-catalogue.ts'
export { readCatalogueDocument } from './read-catalogue-document.ts'
