-- The log: which leaf each event has, and the one row that says how long the log is and what was published of it.
-- Leaves are numbered by one sequencer at a time; the numbers have no gap and are never given twice.

CREATE TABLE log_leaf (
    marketplace_id text NOT NULL,
    case_id        uuid NOT NULL,
    seq            counted NOT NULL,
    leaf_index     bigint NOT NULL UNIQUE CHECK (leaf_index >= 0),
    entry          sha256 NOT NULL,
    PRIMARY KEY (case_id, seq)
);
COMMENT ON TABLE log_leaf IS 'The leaf of each event: its place in the log and the salted commitment that stands there.';
CREATE INDEX log_leaf_place ON log_leaf (marketplace_id, leaf_index);

CREATE TABLE log_state (
    only_one        boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    origin          named NOT NULL,
    public_key      sha256 NOT NULL,
    size            bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
    root            sha256 NOT NULL DEFAULT pg_catalog.sha256(''::bytea),
    frontier        bytea NOT NULL DEFAULT '' CHECK (octet_length(frontier) % 32 = 0),
    sequenced_to    xid8 NOT NULL DEFAULT '0',
    published_size  bigint CHECK (published_size <= size),
    published       text,
    published_at    timestamptz,
    CONSTRAINT published_whole CHECK ((published IS NULL) = (published_size IS NULL))
);
COMMENT ON TABLE log_state IS 'The log of this installation, over all marketplaces: sizes, hashes and signatures, nothing of any of them.';
COMMENT ON COLUMN log_state.published IS 'The last published checkpoint, a signed note with the cosignatures of witnesses.';
COMMENT ON COLUMN log_state.sequenced_to IS 'Every event of an earlier transaction has its leaf.';

CREATE TABLE log_witness (
    vkey    named PRIMARY KEY,
    size    bigint NOT NULL CHECK (size >= 0),
    seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE log_witness IS 'The size each witness has last cosigned, as far as we know.';

-- A log only grows, under one name and one key.
CREATE FUNCTION log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation', TABLE = 'log_state', CONSTRAINT = 'log_only_grows',
        MESSAGE = 'the log of an installation never shrinks and keeps its name and its key';
END
$$;
CREATE TRIGGER log_only_grows BEFORE UPDATE ON log_state FOR EACH ROW
    WHEN (NEW.size < OLD.size OR NEW.origin <> OLD.origin OR NEW.public_key <> OLD.public_key
          OR NEW.published_size < OLD.published_size)
    EXECUTE FUNCTION log_only_grows();

ALTER TABLE log_leaf ENABLE ROW LEVEL SECURITY;
ALTER TABLE log_leaf FORCE ROW LEVEL SECURITY;
CREATE POLICY own_marketplace ON log_leaf
    USING (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
    WITH CHECK (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''));

REVOKE ALL ON log_leaf, log_state, log_witness FROM PUBLIC;
REVOKE ALL ON FUNCTION log_only_grows FROM PUBLIC;
GRANT SELECT, INSERT ON log_leaf, log_state, log_witness TO amends_app;
GRANT UPDATE (size, root, frontier, sequenced_to, published_size, published, published_at) ON log_state TO amends_app;
GRANT UPDATE (size, seen_at) ON log_witness TO amends_app;
