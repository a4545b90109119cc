-- The audit log as one chain, and acts that need a second person.

-- The end of the chain. Whoever appends locks this row, so that the chain has one writer at a time; it moves on by one entry. Guarded as the
-- ledger's heads are: an entry that is written outside of the chain leaves the two apart, and verification says so.
CREATE TABLE audit_head (
  id smallint PRIMARY KEY CHECK (id = 1),
  sequence bigint NOT NULL,
  hash bytea NOT NULL
);
ALTER TABLE audit_head SET (fillfactor = 50);
INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
CREATE FUNCTION refuse_audit_jump() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.sequence <> OLD.sequence + 1 THEN
    RAISE EXCEPTION 'the audit head moves on by one: % after % refused', NEW.sequence, OLD.sequence;
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_audit_jump();
CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- By whom, and what kind of act, newest first.
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, sequence);
CREATE INDEX audit_entry_act ON audit_entry (act, sequence);
CREATE INDEX audit_entry_time ON audit_entry (recorded_at);

-- An act that somebody asks for and another one has to approve. What was asked never changes: to ask for something else is another proposal.
CREATE TABLE proposal (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  space_id uuid,
  payload jsonb NOT NULL,
  effect jsonb NOT NULL,
  reason text NOT NULL,
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(6) NOT NULL,
  CONSTRAINT proposal_reason CHECK (reason <> ''),
  CONSTRAINT proposal_expiry CHECK (proposed_at < expires_at)
);
CREATE INDEX proposal_newest ON proposal (proposed_at DESC, id);
CREATE INDEX proposal_space ON proposal (space_id, proposed_at DESC);
CREATE TRIGGER proposal_append_only BEFORE UPDATE OR DELETE ON proposal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_no_truncate BEFORE TRUNCATE ON proposal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What became of it: one row at most, for ever. A proposal without one waits, or has expired.
CREATE TABLE proposal_decision (
  proposal_id uuid PRIMARY KEY,
  decision text NOT NULL,
  decided_by text NOT NULL,
  decided_by_name text NOT NULL,
  reason text,
  outcome jsonb,
  decided_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT proposal_decision_kind CHECK (decision IN ('approved', 'rejected', 'withdrawn'))
);
-- The rule of two persons is kept here too, where no code can forget it.
CREATE FUNCTION refuse_own_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked record;
BEGIN
  SELECT proposed_by, expires_at INTO asked FROM proposal WHERE id = NEW.proposal_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no proposal %', NEW.proposal_id;
  END IF;
  IF (NEW.decision = 'withdrawn') <> (NEW.decided_by = asked.proposed_by) THEN
    RAISE EXCEPTION 'a proposal is withdrawn by whoever made it, and approved or rejected by another (% refused)', NEW.decision;
  END IF;
  IF NEW.decision = 'approved' AND NEW.decided_at >= asked.expires_at THEN
    RAISE EXCEPTION 'a proposal that has expired cannot be approved';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER proposal_decision_two_persons BEFORE INSERT ON proposal_decision FOR EACH ROW EXECUTE FUNCTION refuse_own_approval();
CREATE TRIGGER proposal_decision_append_only BEFORE UPDATE OR DELETE ON proposal_decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_decision_no_truncate BEFORE TRUNCATE ON proposal_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
