-- Getting in: what somebody who is known has begun and not finished (making a passkey, a form that waits while they
-- show again who they are), and what browser a session is of.

ALTER TABLE portal_session ADD COLUMN agent text;

CREATE TABLE portal_attempt (
    marketplace_id text NOT NULL,
    token_hash     sha256 NOT NULL,
    purpose        text NOT NULL CHECK (purpose IN ('enrol', 'step_up')),
    kept           bytea NOT NULL,
    made_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, token_hash)
);
COMMENT ON COLUMN portal_attempt.kept IS 'Sealed under the token, which only the browser has.';

ALTER TABLE portal_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE portal_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY own_marketplace ON portal_attempt
    USING (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
    WITH CHECK (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''));
GRANT SELECT, INSERT, DELETE ON portal_attempt TO amends_app;
GRANT DELETE ON used_link TO amends_app;

CREATE INDEX staff_invitation_person ON staff_invitation (marketplace_id, staff_id) WHERE used_at IS NULL;
CREATE INDEX passkey_person ON passkey (marketplace_id, staff_id);
