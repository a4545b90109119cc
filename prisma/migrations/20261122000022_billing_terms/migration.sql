-- What was agreed stays what it was: of a term only its end may change. One that ends where it begins was withdrawn before it held.
ALTER TABLE billing_term
  DROP CONSTRAINT billing_term_validity,
  ADD CONSTRAINT billing_term_validity CHECK (isfinite(effective_from) AND (effective_to IS NULL OR (isfinite(effective_to) AND effective_from <= effective_to))),
  ADD CONSTRAINT billing_term_grant CHECK ((percent IS NULL) <> (amount IS NULL) AND (percent IS NULL OR (kind <> 'minimum' AND percent BETWEEN 0 AND 100)) AND (amount IS NULL OR amount >= 0));

CREATE FUNCTION refuse_term_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ROW(NEW.id, NEW.space_id, NEW.kind, NEW.capability_key, NEW.percent, NEW.amount, NEW.text, NEW.effective_from, NEW.recorded_at, NEW.recorded_by)
     IS DISTINCT FROM ROW(OLD.id, OLD.space_id, OLD.kind, OLD.capability_key, OLD.percent, OLD.amount, OLD.text, OLD.effective_from, OLD.recorded_at, OLD.recorded_by) THEN
    RAISE EXCEPTION 'what was agreed stays: end term % and agree another one', OLD.id;
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER billing_term_kept_as_agreed BEFORE UPDATE ON billing_term FOR EACH ROW EXECUTE FUNCTION refuse_term_edit();
CREATE TRIGGER billing_term_kept BEFORE DELETE ON billing_term FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER billing_term_no_truncate BEFORE TRUNCATE ON billing_term FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
