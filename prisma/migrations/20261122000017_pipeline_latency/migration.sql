-- How long events took from their receipt until every chart and answer includes them, and how far behind the pipeline was: by minute, for 90 days.

-- Events by the minute in which they became visible and by range of time taken (the bounds are core's, in milliseconds; range n ends before bound n).
CREATE TABLE pipeline_latency (
  minute timestamptz(0) NOT NULL,
  range smallint NOT NULL CHECK (range >= 0),
  events bigint NOT NULL CHECK (events >= 0),
  PRIMARY KEY (minute, range)
);

-- A minute that somebody watched. One without a row was not: what it was like is unknown, which is not the same as quiet.
CREATE TABLE pipeline_minute (
  minute timestamptz(0) PRIMARY KEY,
  lag_ms_max bigint NOT NULL CHECK (lag_ms_max >= 0),
  waiting_events_max bigint NOT NULL CHECK (waiting_events_max >= 0)
);

-- Up to which journal number a shard's events are in pipeline_latency: written with them, so that each is there once. A rebuild measures nothing again.
CREATE TABLE pipeline_latency_progress (
  shard smallint PRIMARY KEY,
  through bigint NOT NULL
);
