export { beginAct } from './act-checks.ts'
export { archiveApp, changeApp, createApp } from './app-acts.ts'
export { type ActBy, actOnTrial, actTogether, audited, CatalogueRefused, type Validity } from './catalogue-act.ts'
export { followPlan } from './catalogue-file-acts.ts'
export { readCatalogueFile } from './catalogue-file-reader.ts'
export {
  type AskedGrant,
  endEntitlement,
  grantEntitlements,
  planEntitlements,
  readRightFacts,
} from './entitlement-acts.ts'
export { addEnvironment, renameEnvironment } from './environment-acts.ts'
export { addInstallation, endInstallation, markInstallation, renameInstallation } from './installation-acts.ts'
export { addMeterVersion, createCapability, createMeter, renameMeter } from './meter-acts.ts'
export { addPriceVersion, createPriceBook } from './price-acts.ts'
export { archiveSpace, changeSpace, createSpace } from './space-acts.ts'
export { endSubscription, setSubscription } from './subscription-acts.ts'
export { agreeTerm, endTerm } from './term-acts.ts'
export { addAppOwnership, endAppOwnership, type Transferred, transferApp } from './transfer-acts.ts'
