// Evidence: one charge with everything it follows from, as one file that anybody can check.
// Promises: checked without a store and without us; the first thing that does not follow is named.
// Does not know: where the parts come from, who asks for them.
export { type EvidenceParts, packEvidence, unzipTexts, zipTexts } from './bundle.ts'
export { type EvidenceFault, type EvidenceReport, verifyEvidence } from './verify-evidence.ts'
