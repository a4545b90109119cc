/**
 * Over how many shards of the journal new apps are spread, 1 to 1,024. One shard is one line of work: its events are projected in order,
 * by one process, in groups that cost the stores about the same whatever they hold. More shards than there are cores to work them only
 * make the groups smaller; fewer leave cores idle. An app's shard is fixed when the app is made, so that another number moves nobody.
 */
export const SHARD_COUNT_MAX = 1_024

/** The shard of a new app: spreads by every character of the id (FNV-1a, 32 bits), the same on every machine. */
export function shardOf(appId: string, shardCount: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < appId.length; i++) hash = Math.imul(hash ^ appId.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % shardCount
}

/** Over how many shards new apps are spread unless somebody says otherwise: a shard's worker, the door before it and the stores behind it keep some two cores busy. */
export function defaultShardCount(cores: number): number {
  return Math.max(1, Math.floor(cores / 2))
}
