-- Signed rows: what an act reverses is not removed, a copy of it with sign -1 is added. `entry_*` is the journal position of what recorded
-- a row (the event itself, or the act that replaced it); a reversal has the entry of the row it reverses, and in `act_*` the act that did it.
-- So the rows in force are those whose (shard, entry_batch, entry_pos[, meter]) has a sum(sign) above zero, and each row says who wrote it.
--
-- `generation` is the life of the projections that wrote a row. The check refuses what an owner from before a rebuild still sends.
ALTER TABLE event_index
  ADD COLUMN sign Int8 DEFAULT 1,
  ADD COLUMN entry_batch UInt64 DEFAULT batch CODEC(Delta, LZ4),
  ADD COLUMN entry_pos UInt32 DEFAULT pos CODEC(Delta, LZ4),
  ADD COLUMN act_batch UInt64 DEFAULT 0,
  ADD COLUMN act_pos UInt32 DEFAULT 0,
  ADD COLUMN act LowCardinality(String) DEFAULT '',
  ADD COLUMN content_batch UInt64 DEFAULT batch CODEC(Delta, LZ4),
  ADD COLUMN content_pos UInt32 DEFAULT pos CODEC(Delta, LZ4),
  ADD COLUMN generation UInt32 DEFAULT 1,
  MODIFY COLUMN verdict Enum8('counted' = 1, 'duplicate' = 2, 'conflict' = 3, 'quarantined' = 4, 'cancelled' = 5, 'dismissed' = 6),
  ADD INDEX event_index_identity (identity) TYPE bloom_filter(0.01) GRANULARITY 1
--------
ALTER TABLE event_index ADD CONSTRAINT generation CHECK generation = 1
--------
ALTER TABLE usage_records
  ADD COLUMN sign Int8 DEFAULT 1,
  ADD COLUMN entry_batch UInt64 DEFAULT batch CODEC(Delta, LZ4),
  ADD COLUMN entry_pos UInt32 DEFAULT pos CODEC(Delta, LZ4),
  ADD COLUMN act_batch UInt64 DEFAULT 0,
  ADD COLUMN act_pos UInt32 DEFAULT 0,
  ADD COLUMN generation UInt32 DEFAULT 1,
  ADD INDEX usage_records_batch (shard, batch) TYPE minmax GRANULARITY 1
--------
ALTER TABLE usage_records ADD CONSTRAINT generation CHECK generation = 1
--------
-- Only the first event of an identity claims it, with its first row: acts upon it change what became of it, not who came first.
ALTER TABLE event_identity_view MODIFY QUERY
SELECT identity, digest, shard, batch, pos FROM event_index
WHERE verdict IN ('counted', 'quarantined') AND sign = 1 AND entry_batch = batch AND entry_pos = pos
--------
ALTER TABLE rollup_minute
  MODIFY COLUMN count SimpleAggregateFunction(sum, Int64),
  ADD COLUMN reversals SimpleAggregateFunction(sum, UInt64)
--------
ALTER TABLE rollup_hour
  MODIFY COLUMN count SimpleAggregateFunction(sum, Int64),
  ADD COLUMN reversals SimpleAggregateFunction(sum, UInt64)
--------
-- Sums and counts are net. Extremes and distinct values cannot be subtracted: a reversal adds nothing to them, because the row it
-- reverses is in them already, and `reversals` says that they may hold too much.
ALTER TABLE rollup_minute_view MODIFY QUERY
SELECT
  space, app, meter, meter_version, environment, exempt, toStartOfMinute(at, 'UTC') AS t,
  sum(toInt64(sign)) AS count, sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1) AS sum, min(quantity) AS min, max(quantity) AS max,
  uniqExactStateIf(unique_value, unique_value != '') AS uniq, countIf(sign = -1) AS reversals
FROM usage_records
GROUP BY space, app, meter, meter_version, environment, exempt, t
--------
ALTER TABLE rollup_hour_view MODIFY QUERY
SELECT
  space, app, meter, meter_version, environment, exempt, toStartOfHour(at, 'UTC') AS t,
  sum(toInt64(sign)) AS count, sumIf(quantity, sign = 1) - sumIf(quantity, sign = -1) AS sum, min(quantity) AS min, max(quantity) AS max,
  uniqExactStateIf(unique_value, unique_value != '') AS uniq, countIf(sign = -1) AS reversals
FROM usage_records
GROUP BY space, app, meter, meter_version, environment, exempt, t
--------
-- Which generation this database holds. Empty in a new one: the first owner writes it, if nothing was projected before.
CREATE TABLE projection_marker (generation UInt32) ENGINE = MergeTree ORDER BY generation
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
--------
INSERT INTO projection_marker SELECT 1 FROM event_index LIMIT 1
