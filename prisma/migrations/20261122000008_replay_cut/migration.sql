-- Up to where a replay takes recorded groups together. Kept with the shard, because a retry must end where the first try did, also
-- when another version of the code does it: each rebuild takes the defaults of its day.
ALTER TABLE projection_progress
  ADD COLUMN replay_events_max integer NOT NULL DEFAULT 20000,
  ADD COLUMN replay_batches_max integer NOT NULL DEFAULT 5000;
