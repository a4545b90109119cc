-- Acts of operators stand in the journal beside the events: one order for both, so that a replay does again what was done.
ALTER TABLE journal_batch ADD COLUMN kind smallint NOT NULL DEFAULT 0;
ALTER TABLE journal_batch ALTER COLUMN key_id DROP NOT NULL;
ALTER TABLE journal_batch ADD CONSTRAINT journal_batch_sender CHECK (
  (kind = 0 AND key_id IS NOT NULL) OR (kind = 1 AND key_id IS NULL)
);

-- Taken so far, in events: with projection_progress.events it says how much waits, without reading the journal.
ALTER TABLE journal_head ADD COLUMN events bigint NOT NULL DEFAULT 0;
UPDATE journal_head h SET events = coalesce((SELECT sum(event_count) FROM journal_batch b WHERE b.shard = h.shard), 0);

-- One row per life of the projections in ClickHouse. The newest is in force; until dropped_at is set, the tables of the one before
-- are being dropped and nobody may project.
CREATE TABLE projection_generation (
  generation bigint PRIMARY KEY,
  begun_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  begun_by text NOT NULL,
  reason text NOT NULL,
  dropped_at timestamptz(6),
  finished_at timestamptz(6)
);
INSERT INTO projection_generation (generation, begun_by, reason, dropped_at, finished_at)
  VALUES (1, 'meterbook', 'the first', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP);

-- How far the generation in force has come, by shard. `through`: the last journal number projected, and everything before it.
-- Up to `replay_through` the groups of the generation before are replayed, with the catalogue revisions they had.
CREATE TABLE projection_progress (
  shard smallint PRIMARY KEY,
  generation bigint NOT NULL,
  through bigint NOT NULL DEFAULT 0,
  replay_through bigint NOT NULL DEFAULT 0,
  events bigint NOT NULL DEFAULT 0,
  watermark timestamptz(6),
  updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO projection_progress (shard, generation, through, events)
SELECT h.shard, 1, p.through, coalesce((SELECT sum(event_count) FROM journal_batch b WHERE b.shard = h.shard AND b.number <= p.through), 0)
FROM journal_head h CROSS JOIN LATERAL (
  SELECT coalesce(
    (SELECT min(first) - 1 FROM projection_group g WHERE g.shard = h.shard AND done_at IS NULL),
    (SELECT last FROM projection_group g WHERE g.shard = h.shard ORDER BY first DESC LIMIT 1),
    0) AS through
) p;

-- What an operator asked for, and where its acts stand in the journal: written in one transaction with them.
CREATE TABLE correction (
  id uuid PRIMARY KEY,
  act text NOT NULL,
  app_id uuid NOT NULL,
  reason text NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  filter jsonb NOT NULL,
  target_count integer NOT NULL,
  shard smallint NOT NULL,
  first bigint NOT NULL,
  last bigint NOT NULL,
  recorded_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX correction_app ON correction (app_id, recorded_at);
CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON correction FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER correction_no_truncate BEFORE TRUNCATE ON correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
