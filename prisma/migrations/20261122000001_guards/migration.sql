-- What Prisma's schema cannot say: which tables only grow, which periods may not overlap, and the catalogue's revision.

-- Append-only. The app's role has no UPDATE, DELETE or TRUNCATE on these tables either; the triggers stop the owner as well.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only (% refused)', TG_TABLE_NAME, TG_OP;
END;
$$;

CREATE TRIGGER journal_batch_append_only BEFORE UPDATE OR DELETE ON journal_batch FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_batch_no_truncate BEFORE TRUNCATE ON journal_batch FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER meter_version_append_only BEFORE UPDATE OR DELETE ON meter_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER meter_version_no_truncate BEFORE TRUNCATE ON meter_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER price_append_only BEFORE UPDATE OR DELETE ON price FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER price_no_truncate BEFORE TRUNCATE ON price FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalogue_snapshot_append_only BEFORE UPDATE OR DELETE ON catalogue_snapshot FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalogue_snapshot_no_truncate BEFORE TRUNCATE ON catalogue_snapshot FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One owner, one price book, one right at any instant.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE app_ownership ADD CONSTRAINT app_ownership_one_at_a_time
  EXCLUDE USING gist (app_id WITH =, tstzrange(effective_from, effective_to) WITH &&);
ALTER TABLE subscription ADD CONSTRAINT subscription_one_at_a_time
  EXCLUDE USING gist (space_id WITH =, tstzrange(effective_from, effective_to) WITH &&);
ALTER TABLE entitlement ADD CONSTRAINT entitlement_one_at_a_time
  EXCLUDE USING gist (app_id WITH =, capability_key WITH =, tstzrange(effective_from, effective_to) WITH &&);
ALTER TABLE installation ADD CONSTRAINT installation_one_at_a_time
  EXCLUDE USING gist (app_id WITH =, key WITH =, tstzrange(effective_from, effective_to) WITH &&);

ALTER TABLE app ADD CONSTRAINT app_shard_not_negative CHECK (shard >= 0);
ALTER TABLE meter_version ADD CONSTRAINT meter_version_divisor_positive CHECK (divisor > 0);
ALTER TABLE price ADD CONSTRAINT price_per_positive CHECK (per > 0 AND price >= 0 AND allowance >= 0);
ALTER TABLE projection_group ADD CONSTRAINT projection_group_not_empty CHECK (first >= 1 AND last >= first);

-- The revision: raised in the changing transaction, which also puts concurrent changes in one order.
INSERT INTO catalogue_head (id, revision) VALUES (1, 1);
ALTER TABLE catalogue_head ADD CONSTRAINT catalogue_head_one_row CHECK (id = 1);
CREATE FUNCTION raise_catalogue_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  UPDATE catalogue_head SET revision = revision + 1 WHERE id = 1;
  RETURN NULL;
END;
$$;
CREATE TRIGGER app_revision AFTER INSERT OR UPDATE OR DELETE ON app FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER app_ownership_revision AFTER INSERT OR UPDATE OR DELETE ON app_ownership FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER installation_revision AFTER INSERT OR UPDATE OR DELETE ON installation FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER meter_revision AFTER INSERT OR UPDATE OR DELETE ON meter FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER meter_version_revision AFTER INSERT ON meter_version FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER subscription_revision AFTER INSERT OR UPDATE OR DELETE ON subscription FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();
CREATE TRIGGER entitlement_revision AFTER INSERT OR UPDATE OR DELETE ON entitlement FOR EACH STATEMENT EXECUTE FUNCTION raise_catalogue_revision();

-- Bodies are compressed already: pglz would try and fail at twice the cost. Head rows change at every commit: room for HOT updates.
ALTER TABLE journal_batch ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE journal_head SET (fillfactor = 50);
