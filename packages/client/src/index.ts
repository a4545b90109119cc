// @meterbook/client: sends an app's usage events, wherever fetch is. `@meterbook/client/node` adds the disk and the end of the process.
// Promises: an id is made once and kept over every retry; nothing is thrown into the app; what is given up is told, never silent.
// Does not know: what an event costs, whom it is billed to; the key says whose it is.
export { createMeterbook, type Meterbook } from './meterbook.ts'
export type {
  ClientOptions,
  EventDetails,
  Flushed,
  Lost,
  LostReason,
  Problem,
  ProblemCode,
  Receipt,
  Refused,
} from './options.ts'
export type { KeptEvent, Spill } from './spill.ts'
