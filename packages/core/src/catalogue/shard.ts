/** Shards of the journal. An app's shard is fixed when the app is made, so raising this later moves nobody. */
export const SHARD_COUNT = 4

/** The shard of a new app: spreads by every character of the id (FNV-1a, 32 bits), the same on every machine. */
export function shardOf(appId: string, shardCount = SHARD_COUNT): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < appId.length; i++) hash = Math.imul(hash ^ appId.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shardCount
}
