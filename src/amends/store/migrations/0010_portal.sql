-- Who is signed in at the portals, and the people of the staff. Secrets are kept as hashes only.

CREATE DOMAIN portal_role AS text CHECK (VALUE IN (
    'buyer', 'seller', 'carrier', 'adjudicator', 'operator', 'auditor'));

CREATE TABLE portal_session (
    token_hash     sha256 PRIMARY KEY,
    marketplace_id text NOT NULL,
    role           portal_role NOT NULL,
    person_id      named NOT NULL,
    person_name    text,
    roles          text[] NOT NULL,
    opened_by      text NOT NULL,
    csrf           named NOT NULL,
    opened_at      timestamptz NOT NULL,
    seen_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    stepped_up_at  timestamptz,
    ended_at       timestamptz
);
CREATE INDEX portal_session_person ON portal_session (marketplace_id, person_id) WHERE ended_at IS NULL;

CREATE TABLE used_link (
    marketplace_id text NOT NULL,
    link_hash      sha256 NOT NULL,
    used_at        timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, link_hash)
);

CREATE TABLE preference (
    marketplace_id text NOT NULL,
    role           portal_role NOT NULL,
    person_id      named NOT NULL,
    chosen         json NOT NULL,
    PRIMARY KEY (marketplace_id, role, person_id)
);

CREATE TABLE staff (
    marketplace_id text NOT NULL,
    staff_id       named NOT NULL,
    name           named NOT NULL,
    email          text,
    roles          text[] NOT NULL CHECK (roles <@ ARRAY['adjudicator', 'operator', 'auditor'] AND cardinality(roles) > 0),
    oidc_issuer    text,
    oidc_subject   text,
    made_at        timestamptz NOT NULL,
    ended_at       timestamptz,
    PRIMARY KEY (marketplace_id, staff_id)
);
CREATE UNIQUE INDEX staff_oidc ON staff (marketplace_id, oidc_issuer, oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE staff_invitation (
    token_hash     sha256 PRIMARY KEY,
    marketplace_id text NOT NULL,
    staff_id       named NOT NULL,
    made_at        timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz
);

CREATE TABLE passkey (
    marketplace_id text NOT NULL,
    credential_id  bytea NOT NULL,
    staff_id       named NOT NULL,
    public_key     bytea NOT NULL,
    sign_count     bigint NOT NULL CHECK (sign_count >= 0),
    label          text NOT NULL,
    made_at        timestamptz NOT NULL,
    used_at        timestamptz,
    PRIMARY KEY (marketplace_id, credential_id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['portal_session', 'used_link', 'preference', 'staff', 'staff_invitation', 'passkey'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format($policy$
            CREATE POLICY own_marketplace ON %I
            USING (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
            WITH CHECK (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
        $policy$, name);
    END LOOP;
END
$$;
-- A visitor is known by the session's token before its marketplace is: whoever presents the hash may read that row.
CREATE POLICY presented_session ON portal_session FOR SELECT
    USING (token_hash = decode(nullif(current_setting('amends.session_hash', true), ''), 'hex'));

CREATE FUNCTION find_session(presented bytea) RETURNS SETOF portal_session LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('amends.session_hash', encode(presented, 'hex'), true);
    RETURN QUERY SELECT * FROM portal_session s WHERE s.token_hash = presented AND s.ended_at IS NULL;
END
$$;

GRANT SELECT, INSERT ON portal_session, used_link, staff, staff_invitation, passkey TO amends_app;
GRANT SELECT, INSERT, UPDATE ON preference TO amends_app;
GRANT UPDATE (role, seen_at, stepped_up_at, ended_at) ON portal_session TO amends_app;
GRANT UPDATE (name, email, roles, oidc_issuer, oidc_subject, ended_at) ON staff TO amends_app;
GRANT UPDATE (used_at) ON staff_invitation TO amends_app;
GRANT UPDATE (sign_count, used_at) ON passkey TO amends_app;
GRANT DELETE ON passkey TO amends_app;
REVOKE ALL ON FUNCTION find_session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_session TO amends_app;
