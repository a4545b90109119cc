export type { IngestDependencies } from './dependencies.ts'
export { createIngestHandler, type IngestHandler } from './ingest-handler.ts'
export { createIngestServer } from './ingest-server.ts'
export { refuseForNow } from './refusal.ts'
