-- What somebody moved without a second person, by space: many small corrections are added up, so that what is large cannot be split.
-- One row for each correction, space and currency; `amount` as it was worked out when it was done, never less than nothing.
CREATE TABLE moved_money (
  correction_id uuid NOT NULL,
  space_id uuid NOT NULL,
  currency text NOT NULL,
  actor_id text NOT NULL,
  amount numeric NOT NULL,
  recorded_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (correction_id, space_id, currency),
  CONSTRAINT moved_money_amount CHECK (amount >= 0)
);
-- Whose, and since when: the one question that is asked of it.
CREATE INDEX moved_money_actor ON moved_money (actor_id, recorded_at);
CREATE TRIGGER moved_money_append_only BEFORE UPDATE OR DELETE ON moved_money FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER moved_money_no_truncate BEFORE TRUNCATE ON moved_money FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
