-- One row: when every chain and the journal were last verified against their seals, and how far the run under way has come. A restart goes on with
-- it, and a run that was done is not done again before the next is due.
CREATE TABLE ledger_verification (
  id smallint PRIMARY KEY CHECK (id = 1),
  begun_at timestamptz(6),
  position text NOT NULL DEFAULT '',
  completed_at timestamptz(6)
);
INSERT INTO ledger_verification (id) VALUES (1);
