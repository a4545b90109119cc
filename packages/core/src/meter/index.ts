// Meters: what one event is worth to one meter version.
// Promises: exact or refused with a reason, never rounded, never zero for want of a value.
// Does not know: whose event it is, whether it was seen before, how values are summed.
export { schemaFault } from './data-schema.ts'
export { dimensionsOf } from './dimensions.ts'
export { MEASURE_VERSION, type Measure, type MeasureFault, type Measurement, measureOf } from './measure.ts'
export { memberAt } from './member-at.ts'
export { meterShadow } from './meter-shadow.ts'
export { dimensionSizes, meterTrial, type ShadowedEvent } from './meter-trial.ts'
export { sampleData } from './sample-data.ts'
