-- A view that was frozen: which page, and the state of everything it was made of. Written once; whoever opens it later sees the same digits,
-- so no row of it may ever change (docs/adr/0011).
CREATE TABLE frozen_view (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL REFERENCES developer_space (id),
  -- beneath the space, and its query: `/usage`, `?g=day`
  page text NOT NULL,
  query text NOT NULL,
  frozen_at timestamptz(6) NOT NULL,
  frozen_by text NOT NULL,
  -- by shard: the last journal number that counts, and what of it was waiting
  positions jsonb NOT NULL,
  ledger_sequence bigint NOT NULL,
  catalogue_revision bigint NOT NULL,
  -- names, meters and environments as they were called then
  names jsonb NOT NULL,
  CONSTRAINT frozen_view_page CHECK (page ~ '^(/[A-Za-z0-9_.-]+)*$' AND length(page) <= 300),
  CONSTRAINT frozen_view_query CHECK ((query = '' OR query LIKE '?%') AND length(query) <= 8000)
);
CREATE INDEX frozen_view_person ON frozen_view (frozen_by, frozen_at);
CREATE TRIGGER frozen_view_append_only BEFORE UPDATE OR DELETE ON frozen_view FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frozen_view_no_truncate BEFORE TRUNCATE ON frozen_view FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
