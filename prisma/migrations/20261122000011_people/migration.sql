-- People: a second factor, invitations, looking on as somebody else, and a word to every process when somebody's rights change.

ALTER TABLE person ADD COLUMN two_factor_enabled boolean NOT NULL DEFAULT false;
-- Addresses are compared in lower case; nobody is two people by a capital letter.
CREATE UNIQUE INDEX person_email_folded ON person (lower(email));

-- Secret and backup codes are encrypted with the secret that signs sessions, before they come here.
CREATE TABLE two_factor (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  secret text NOT NULL,
  backup_codes text NOT NULL,
  verified boolean NOT NULL DEFAULT true,
  failed_verification_count integer NOT NULL DEFAULT 0,
  locked_until timestamptz(6)
);
CREATE UNIQUE INDEX two_factor_person ON two_factor (person_id);

-- Who was asked into a space, as what. Only the digest of the token is kept; each sending makes a new one, and the last one counts.
CREATE TABLE invitation (
  id uuid PRIMARY KEY,
  space_id uuid NOT NULL REFERENCES developer_space (id),
  email text NOT NULL,
  role space_role NOT NULL,
  is_billing_admin boolean NOT NULL DEFAULT false,
  app_ids uuid[] NOT NULL DEFAULT '{}',
  token_hash bytea NOT NULL UNIQUE,
  invited_by text NOT NULL,
  created_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  sent_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  expires_at timestamptz(6) NOT NULL,
  accepted_at timestamptz(6),
  accepted_by text,
  revoked_at timestamptz(6),
  CONSTRAINT invitation_expiry CHECK (sent_at < expires_at),
  CONSTRAINT invitation_ended_once CHECK (accepted_at IS NULL OR revoked_at IS NULL),
  CONSTRAINT invitation_accepted_by CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);
-- One open invitation for each address and space.
CREATE UNIQUE INDEX invitation_open ON invitation (space_id, lower(email)) WHERE accepted_at IS NULL AND revoked_at IS NULL;

-- An admin of the platform looks on as somebody, by one session and for a bounded time.
CREATE TABLE looking_on (
  id uuid PRIMARY KEY,
  session_id text NOT NULL,
  admin_id text NOT NULL REFERENCES person (id),
  person_id text NOT NULL REFERENCES person (id),
  reason text NOT NULL,
  begun_at timestamptz(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  until timestamptz(6) NOT NULL,
  ended_at timestamptz(6),
  CONSTRAINT looking_on_bounded CHECK (until > begun_at AND until <= begun_at + interval '1 hour'),
  CONSTRAINT looking_on_another CHECK (admin_id <> person_id)
);
CREATE UNIQUE INDEX looking_on_open ON looking_on (session_id) WHERE ended_at IS NULL;

-- Whatever takes a right away, by whichever way, tells every process: open streams end, and what opens them again is judged anew.
CREATE FUNCTION tell_rights_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('rights_changed', OLD.person_id);
  RETURN NULL;
END;
$$;
CREATE TRIGGER membership_rights AFTER UPDATE OR DELETE ON membership FOR EACH ROW EXECUTE FUNCTION tell_rights_changed();
CREATE TRIGGER app_contributor_rights AFTER UPDATE OR DELETE ON app_contributor FOR EACH ROW EXECUTE FUNCTION tell_rights_changed();
CREATE TRIGGER session_rights AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION tell_rights_changed();
CREATE TRIGGER looking_on_rights AFTER UPDATE ON looking_on FOR EACH ROW EXECUTE FUNCTION tell_rights_changed();
CREATE FUNCTION tell_person_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('rights_changed', OLD.id);
  RETURN NULL;
END;
$$;
CREATE TRIGGER person_rights AFTER UPDATE OF is_platform_admin ON person FOR EACH ROW EXECUTE FUNCTION tell_person_changed();
