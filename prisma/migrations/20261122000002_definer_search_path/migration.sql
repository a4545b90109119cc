-- The function runs as the owner. Where pg_temp is not named it is searched first: a session's own temporary table called
-- catalogue_head took the update, and that table's triggers ran with the owner's rights. Named, and last, it takes nothing.
ALTER FUNCTION raise_catalogue_revision() SET search_path = pg_catalog, public, pg_temp;
