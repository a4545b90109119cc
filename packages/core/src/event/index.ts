// event: what was sent. From a request's text to usage events, with every fault named, and to the journal's form and back.
// Promises: what is taken is kept verbatim, and the same event has the same identity for ever, however it is written.
// Does not know: meters, who pays, or where anything is stored.
export { ACT_TARGETS_MAX, type Act, ActName, type JournalPlace, readActBody, writeActBody } from './act.ts'
export { type BinaryEventResult, binaryEventText, EVENT_HEADER_PREFIX } from './binary-event.ts'
export { CloudEvent, type CloudEventResult, readCloudEvent } from './cloud-event.ts'
export {
  type ContentMode,
  type ContentModeResult,
  contentMode,
  EVENT_MEDIA_TYPES,
  isBinaryContentReadable,
} from './content-mode.ts'
export { DATA_DEPTH_MAX } from './event-data.ts'
export { contentDigest, eventIdentity } from './identity.ts'
export type { EventVerdict, JournalAppend, JournalPosition } from './journal-batch.ts'
export { identifyJournalBody, readJournalBody, writeJournalBody } from './journal-body.ts'
export { type KeyHolder, scopeFault, TEST_WRITE_SCOPE, USAGE_READ_SCOPE, USAGE_WRITE_SCOPE } from './key-holder.ts'
export { type KeyState, keyState } from './key-state.ts'
export { BATCH_EVENTS_MAX, EVENT_BYTES_MAX, type EventsResult, type ReadEvent, readEvents } from './read-events.ts'
export { EventReceipt } from './receipt.ts'
export { ENVIRONMENT_DEFAULT, EventError, type EventErrorCode, TEST_INSTALLATION, UsageEvent } from './usage-event.ts'
