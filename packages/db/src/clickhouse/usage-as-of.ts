/**
 * The state of usage at some time: by shard, the last journal number that counts. All rows recorded up to it are the same for ever, whatever
 * comes later and after a rebuild too, for journal numbers do not change and a reversal is a row of the act that made it. A shard that is
 * not named has nothing.
 */
export type JournalPositions = ReadonlyMap<number, bigint>

/** A condition on usage records; rollups do not know what recorded them. Binds `as_of_shards` and `as_of_numbers`. */
export function asOfCondition(positions: JournalPositions): { condition: string; params: Record<string, unknown> } {
  return {
    condition: `if(u.sign = 1, u.entry_batch, u.act_batch) <=
      transform(u.shard, {as_of_shards:Array(UInt16)}, {as_of_numbers:Array(UInt64)}, toUInt64(0))`,
    params: { as_of_shards: [...positions.keys()], as_of_numbers: [...positions.values()] },
  }
}
