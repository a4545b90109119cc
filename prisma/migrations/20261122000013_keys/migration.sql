-- Keys that are rotated, limited and ended at once.

ALTER TABLE ingest_key
  ADD COLUMN events_per_second integer,
  ADD COLUMN requests_per_second integer,
  ADD COLUMN replaced_by uuid,
  ADD COLUMN revoked_by text,
  ADD CONSTRAINT ingest_key_limits CHECK (events_per_second > 0 AND requests_per_second > 0);
ALTER TABLE service_key
  ADD COLUMN environments text[] NOT NULL DEFAULT '{}',
  ADD COLUMN events_per_second integer,
  ADD COLUMN requests_per_second integer,
  ADD COLUMN replaced_by uuid,
  ADD COLUMN revoked_by text,
  ADD CONSTRAINT service_key_limits CHECK (events_per_second > 0 AND requests_per_second > 0);

-- The journal names the key of each row for ever, so a key stays, and stays what it was: its secret and its app never change, and what was
-- revoked does not come back.
CREATE FUNCTION refuse_key_revival() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.prefix <> OLD.prefix OR NEW.secret_hash <> OLD.secret_hash THEN
    RAISE EXCEPTION 'a key keeps its id, prefix and secret: make another one instead of changing %', OLD.id;
  END IF;
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
    RAISE EXCEPTION 'key % was revoked and stays revoked', OLD.id;
  END IF;
  RETURN NEW;
END;
$$;
CREATE FUNCTION refuse_key_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'key % belongs to one app for ever', OLD.id;
END;
$$;
CREATE TRIGGER ingest_key_no_revival BEFORE UPDATE ON ingest_key FOR EACH ROW EXECUTE FUNCTION refuse_key_revival();
CREATE TRIGGER ingest_key_no_move BEFORE UPDATE ON ingest_key FOR EACH ROW WHEN (NEW.app_id IS DISTINCT FROM OLD.app_id) EXECUTE FUNCTION refuse_key_move();
CREATE TRIGGER service_key_no_revival BEFORE UPDATE ON service_key FOR EACH ROW EXECUTE FUNCTION refuse_key_revival();
CREATE TRIGGER ingest_key_kept BEFORE DELETE ON ingest_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER service_key_kept BEFORE DELETE ON service_key FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Every process that remembers keys listens, and forgets at once. Not for last_used_at, which changes all the time.
CREATE FUNCTION tell_key_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('key_changed', '');
  RETURN NULL;
END;
$$;
CREATE TRIGGER ingest_key_changed AFTER UPDATE OF revoked_at, expires_at, scopes, event_types, environments, events_per_second, requests_per_second
  ON ingest_key FOR EACH STATEMENT EXECUTE FUNCTION tell_key_changed();
CREATE TRIGGER service_key_changed AFTER UPDATE OF revoked_at, expires_at, scopes, event_types, environments, events_per_second, requests_per_second
  ON service_key FOR EACH STATEMENT EXECUTE FUNCTION tell_key_changed();
-- The keys of an archived app end with it.
CREATE TRIGGER app_archived_keys AFTER UPDATE OF archived_at ON app FOR EACH STATEMENT EXECUTE FUNCTION tell_key_changed();
