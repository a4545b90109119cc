export {
  readCatalogueRevision,
  readCatalogueSnapshot,
  snapshotCatalogue,
} from './catalogue-store.ts'
export { type JournalBatch, type JournalBatchHead, listBatches, readBatches } from './journal-reader.ts'
export { JournalUnavailable, JournalWriter } from './journal-writer.ts'
export { findApp, KeyDirectory } from './key-store.ts'
export { listMeters, type StoredMeter } from './meter-store.ts'
export { createPool, isUnavailable, type Pool, type PoolClient } from './pool.ts'
export { getPrisma, type PrismaClient } from './prisma.ts'
export {
  closeGroup,
  countOwnedShards,
  lastGrouped,
  listOpenGroups,
  openGroup,
  type ProjectionGroup,
  readShardLags,
  type ShardLag,
  ShardLost,
  type ShardOwnership,
  takeShard,
} from './projection-store.ts'
