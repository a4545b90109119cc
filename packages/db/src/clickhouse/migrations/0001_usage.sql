-- Everything here is a projection of the journal: it can be dropped and computed again.
--
-- One statement each, separated by a line of dashes. Every table keeps a window of insert tokens, the views' targets too: a group that
-- is inserted again after a crash drops the blocks that are there and adds those that are missing. fsync on, because a part lost with
-- power while its token survives would be dropped silently at the retry.

-- One row per event taken, whatever became of it. Sorted for "this app's events, by time"; the minmax index finds the events of one
-- journal batch. Partitioned by receipt, which is what new rows share.
CREATE TABLE event_index (
  shard UInt16,
  batch UInt64 CODEC(Delta, LZ4),
  pos UInt32 CODEC(Delta, LZ4),
  identity FixedString(16),
  digest FixedString(16),
  app LowCardinality(String),
  space LowCardinality(String),
  source String,
  event_id String,
  type LowCardinality(String),
  subject String,
  occurred_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
  received_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
  environment LowCardinality(String),
  installation String,
  verdict Enum8('counted' = 1, 'duplicate' = 2, 'conflict' = 3, 'quarantined' = 4),
  reason LowCardinality(String),
  detail String,
  original_batch UInt64,
  original_pos UInt32,
  INDEX event_index_batch (shard, batch) TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (app, occurred_at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
--------
-- Who came first, for ever. Small granules: a lookup of a few identities reads a few kilobytes from each part.
CREATE TABLE event_identity (
  identity FixedString(16),
  digest FixedString(16),
  shard UInt16,
  batch UInt64 CODEC(Delta, LZ4),
  pos UInt32 CODEC(Delta, LZ4)
) ENGINE = MergeTree
ORDER BY identity
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  index_granularity = 256, min_compress_block_size = 4096
--------
-- The first event of an identity claims it, counted or held; a duplicate or a conflict claims nothing.
CREATE MATERIALIZED VIEW event_identity_view TO event_identity AS
SELECT identity, digest, shard, batch, pos FROM event_index WHERE verdict IN ('counted', 'quarantined')
--------
-- One row per event and meter. `quantity` is in the meter version's base measure (bytes, MiB·ms, ...). Sorted for "one app, one meter,
-- a range of time". Never holds a duplicate: rows are deduplicated before they are written.
CREATE TABLE usage_records (
  shard UInt16,
  batch UInt64 CODEC(Delta, LZ4),
  pos UInt32 CODEC(Delta, LZ4),
  identity FixedString(16),
  space LowCardinality(String),
  app LowCardinality(String),
  meter LowCardinality(String),
  meter_version UInt32,
  environment LowCardinality(String),
  installation String,
  exempt UInt8,
  at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
  received_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
  subject String,
  quantity Decimal(76, 30),
  unique_value String,
  dims Map(LowCardinality(String), String),
  entitlement LowCardinality(String),
  catalogue_revision UInt64 CODEC(Delta, LZ4)
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (app, meter, at)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
--------
-- What charts read. Always read with GROUP BY and sum(), min(), max(), uniqExactMerge(): parts may not be merged yet.
CREATE TABLE rollup_minute (
  space LowCardinality(String),
  app LowCardinality(String),
  meter LowCardinality(String),
  meter_version UInt32,
  environment LowCardinality(String),
  exempt UInt8,
  t DateTime('UTC') CODEC(Delta, LZ4),
  count SimpleAggregateFunction(sum, UInt64),
  sum SimpleAggregateFunction(sum, Decimal(76, 30)),
  min SimpleAggregateFunction(min, Decimal(76, 30)),
  max SimpleAggregateFunction(max, Decimal(76, 30)),
  uniq AggregateFunction(uniqExact, String)
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (app, meter, t, environment, space, meter_version, exempt)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
--------
CREATE TABLE rollup_hour (
  space LowCardinality(String),
  app LowCardinality(String),
  meter LowCardinality(String),
  meter_version UInt32,
  environment LowCardinality(String),
  exempt UInt8,
  t DateTime('UTC') CODEC(Delta, LZ4),
  count SimpleAggregateFunction(sum, UInt64),
  sum SimpleAggregateFunction(sum, Decimal(76, 30)),
  min SimpleAggregateFunction(min, Decimal(76, 30)),
  max SimpleAggregateFunction(max, Decimal(76, 30)),
  uniq AggregateFunction(uniqExact, String)
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(t)
ORDER BY (app, meter, t, environment, space, meter_version, exempt)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1
--------
CREATE MATERIALIZED VIEW rollup_minute_view TO rollup_minute AS
SELECT
  space, app, meter, meter_version, environment, exempt, toStartOfMinute(at, 'UTC') AS t,
  count() AS count, sum(quantity) AS sum, min(quantity) AS min, max(quantity) AS max,
  uniqExactStateIf(unique_value, unique_value != '') AS uniq
FROM usage_records
GROUP BY space, app, meter, meter_version, environment, exempt, t
--------
CREATE MATERIALIZED VIEW rollup_hour_view TO rollup_hour AS
SELECT
  space, app, meter, meter_version, environment, exempt, toStartOfHour(at, 'UTC') AS t,
  count() AS count, sum(quantity) AS sum, min(quantity) AS min, max(quantity) AS max,
  uniqExactStateIf(unique_value, unique_value != '') AS uniq
FROM usage_records
GROUP BY space, app, meter, meter_version, environment, exempt, t
