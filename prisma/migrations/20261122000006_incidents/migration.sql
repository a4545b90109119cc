-- What reconciliation found. An incident is opened, seen again, and resolved when a later look finds it gone; it is never deleted, and
-- what it was about never changes. Texts, not foreign keys: a damaged row may name an app or a space that does not exist.
CREATE TABLE incident (
  id uuid PRIMARY KEY,
  scope_key text NOT NULL,
  what text NOT NULL,
  figure text NOT NULL,
  shard smallint,
  first bigint,
  last bigint,
  app_id text NOT NULL,
  meter text NOT NULL,
  meter_version integer,
  hour timestamptz(6),
  space_id text NOT NULL,
  environment text NOT NULL,
  is_exempt boolean,
  expected text NOT NULL,
  found text NOT NULL,
  difference text NOT NULL,
  positions text[] NOT NULL,
  opened_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  last_seen_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  resolved_at timestamptz(6)
);
-- One open incident for one scope; its size is that of the last look.
CREATE UNIQUE INDEX incident_open ON incident (scope_key) WHERE resolved_at IS NULL;
CREATE INDEX incident_opened ON incident (opened_at);
CREATE TRIGGER incident_kept BEFORE DELETE ON incident FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER incident_no_truncate BEFORE TRUNCATE ON incident FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How far reconciliation has come, by shard: `newest` follows the groups as they are closed, `round_through` goes round and round over the old ones.
CREATE TABLE reconciliation_progress (
  shard smallint PRIMARY KEY,
  generation bigint NOT NULL,
  newest bigint NOT NULL DEFAULT 0,
  round_through bigint NOT NULL DEFAULT 0,
  updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One row: the round under way, and the last one that was completed.
CREATE TABLE reconciliation_round (
  id smallint PRIMARY KEY CHECK (id = 1),
  round bigint NOT NULL,
  generation bigint NOT NULL,
  phase text NOT NULL,
  position text NOT NULL,
  events bigint NOT NULL DEFAULT 0,
  begun_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  looked_at timestamptz(6),
  completed_at timestamptz(6),
  completed_events bigint NOT NULL DEFAULT 0
);
INSERT INTO reconciliation_round (id, round, generation, phase, position) VALUES (1, 1, 1, 'groups', '');
