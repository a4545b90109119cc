-- The way of an event from its request to the rollups, for whoever asks for a trace.

-- By core's GROUP_STEPS: microseconds before done_at at which a group's work reached each step. By group, written with done_at, so that it costs the way of
-- an event nothing. Null: done by a worker that did not note them.
ALTER TABLE projection_group ADD COLUMN steps_before_done bigint[];

-- Of journal rows that came with a sampled W3C traceparent: whose trace, and what the door noted. No part of the journal, and forgotten after a while: an
-- event's own traceparent is in the journal for ever.
CREATE TABLE journal_trace (
  shard smallint NOT NULL,
  number bigint NOT NULL,
  trace_id bytea NOT NULL CHECK (length(trace_id) = 16),
  parent_id bytea NOT NULL CHECK (length(parent_id) = 8),
  begun_at timestamptz(6) NOT NULL,
  journalled_at timestamptz(6) NOT NULL,
  PRIMARY KEY (shard, number)
);
CREATE INDEX journal_trace_journalled_at_idx ON journal_trace USING BRIN (journalled_at);
