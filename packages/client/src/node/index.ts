// @meterbook/client/node: what only Node can: events that outlive the process, and a last flush when it ends.
// Promises: an event that was kept on disk is sent by the next start, however this one ended; a signal still ends the process.
// Does not know: how events are sent.

export { type FileSpillOptions, fileSpill } from './file-spill.ts'
export { type ExitOptions, flushOnExit } from './flush-on-exit.ts'
