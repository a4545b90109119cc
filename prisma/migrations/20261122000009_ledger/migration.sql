-- The ledger's chains, what settlement and statements need, and the packaging of a price.

-- The end of each chain. Whoever appends locks its row, so that a chain has one writer at a time. It only moves on.
CREATE TABLE ledger_head (
  space_id uuid PRIMARY KEY,
  sequence bigint NOT NULL DEFAULT 0,
  hash bytea NOT NULL
);
ALTER TABLE ledger_head SET (fillfactor = 50);
CREATE FUNCTION refuse_backward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.space_id <> OLD.space_id OR NEW.sequence <= OLD.sequence THEN
    RAISE EXCEPTION 'a ledger head only moves on: space %, % after % refused', OLD.space_id, NEW.sequence, OLD.sequence;
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER ledger_head_forward BEFORE UPDATE ON ledger_head FOR EACH ROW EXECUTE FUNCTION refuse_backward();
CREATE TRIGGER ledger_head_kept BEFORE DELETE ON ledger_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_head_no_truncate BEFORE TRUNCATE ON ledger_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Copies of what stands in `canonical`, for queries. Without a scale, a numeric keeps every digit: an amount may have more than 30 after the point.
ALTER TABLE ledger_entry
  ALTER COLUMN quantity TYPE numeric,
  ALTER COLUMN amount TYPE numeric,
  ADD COLUMN exempt boolean,
  ADD COLUMN reason text,
  ADD COLUMN period_start timestamptz(6),
  ADD COLUMN billed_in_start timestamptz(6),
  ADD COLUMN journal_shard smallint,
  ADD COLUMN journal_first bigint,
  ADD COLUMN journal_last bigint;
-- Every entry of an account, and of one of its windows.
DROP INDEX ledger_entry_space_id_app_id_capability_key_window_start_idx;
CREATE INDEX ledger_entry_account ON ledger_entry (space_id, app_id, capability_key, period_start, window_start);
-- What a statement carries.
CREATE INDEX ledger_entry_billed ON ledger_entry (space_id, billed_in_start, sequence);
-- A batch of the journal is sealed once.
CREATE UNIQUE INDEX ledger_entry_seal ON ledger_entry (journal_shard, journal_first) WHERE kind = 'journal_seal';

-- A month of a space, issued. It never moves; what comes after is a correction in a later one.
CREATE TABLE statement (
  id text PRIMARY KEY,
  space_id uuid NOT NULL,
  period_start timestamptz(6) NOT NULL,
  period_end timestamptz(6) NOT NULL,
  closed_at timestamptz(6) NOT NULL,
  closed_by text NOT NULL,
  currency char(3) NOT NULL,
  exact_total numeric NOT NULL,
  total numeric NOT NULL,
  ledger_sequence bigint NOT NULL,
  lines jsonb NOT NULL,
  checklist jsonb NOT NULL,
  CONSTRAINT statement_period CHECK (period_start < period_end)
);
CREATE UNIQUE INDEX statement_space_period ON statement (space_id, period_start);
CREATE TRIGGER statement_append_only BEFORE UPDATE OR DELETE ON statement FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_no_truncate BEFORE TRUNCATE ON statement FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Somebody let a month be closed although something of it is still held, and said why.
CREATE TABLE quarantine_waiver (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL,
  period_start timestamptz(6) NOT NULL,
  reason text NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  recorded_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX quarantine_waiver_month ON quarantine_waiver (space_id, period_start);
CREATE TRIGGER quarantine_waiver_append_only BEFORE UPDATE OR DELETE ON quarantine_waiver FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quarantine_waiver_no_truncate BEFORE TRUNCATE ON quarantine_waiver FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a space was granted or owes beside its usage: a discount in percent, a credit, a minimum for each month.
CREATE TABLE billing_term (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL,
  kind text NOT NULL,
  capability_key text,
  percent numeric,
  amount numeric,
  text text NOT NULL,
  effective_from timestamptz(6) NOT NULL,
  effective_to timestamptz(6),
  recorded_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  recorded_by text,
  CONSTRAINT billing_term_kind CHECK (kind IN ('discount', 'credit', 'minimum')),
  CONSTRAINT billing_term_validity CHECK (effective_to IS NULL OR effective_from < effective_to)
);
CREATE INDEX billing_term_space ON billing_term (space_id, effective_from);

-- How far a shard is settled: every window that ended before `until`, as of the journal number `through`.
CREATE TABLE settlement_progress (
  shard smallint PRIMARY KEY,
  generation bigint NOT NULL,
  through bigint NOT NULL DEFAULT 0,
  until timestamptz(6),
  updated_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- `exact`: quantity ÷ per, with every digit. `package`: begun packages of `per` units count whole.
ALTER TABLE price ADD COLUMN packaging text NOT NULL DEFAULT 'exact';
ALTER TABLE price ADD CONSTRAINT price_packaging CHECK (packaging IN ('exact', 'package'));
