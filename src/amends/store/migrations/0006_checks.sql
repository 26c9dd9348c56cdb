-- Checks: what became of a file's bytes, the pictures made of them, who was told, and who looked.
--
-- A file whose bytes are there has a check from that moment on, and a file used in a case has a note to that case:
-- both are made by the database itself, so that no crash between two statements can leave one out.

CREATE TABLE upload_check (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    state          text NOT NULL DEFAULT 'received'
                   CHECK (state IN ('received', 'scanning', 'clean', 'refused', 'unscannable')),
    why            text CHECK (why ~ '^[a-z][a-z0-9_]{0,59}$'),
    infected       boolean NOT NULL DEFAULT false,
    attempts       integer NOT NULL DEFAULT 0,  -- claims; also the fence: only the last claim may settle
    failures       integer NOT NULL DEFAULT 0,  -- claims that ended in nothing, the scanner's absence not counted
    not_before     timestamptz NOT NULL DEFAULT now(),
    leased_until   timestamptz,
    checked_at     timestamptz,
    sha256         sha256,                      -- of the bytes that were scanned
    pages          integer NOT NULL DEFAULT 0 CHECK (pages >= 0),
    says           json,                        -- {"en", "id"}: what the sandbox said of it
    facts          bytea,                       -- what the file claims of itself, sealed with its key
    PRIMARY KEY (marketplace_id, upload_id),
    FOREIGN KEY (marketplace_id, upload_id) REFERENCES upload,
    CHECK ((state IN ('clean', 'refused', 'unscannable')) = (checked_at IS NOT NULL)),
    CHECK ((state = 'scanning') = (leased_until IS NOT NULL)),
    CHECK (state <> 'clean' OR (sha256 IS NOT NULL AND NOT infected)),
    CHECK (state IN ('refused', 'unscannable') = (why IS NOT NULL)),
    CHECK (NOT infected OR state = 'refused')
);
CREATE INDEX upload_check_waiting ON upload_check (marketplace_id, not_before, upload_id)
    WHERE state IN ('received', 'scanning');

-- What is known to be final stays: a file once refused is never clean again, nor the other way round.
CREATE FUNCTION check_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        TABLE = 'upload_check',
        CONSTRAINT = 'check_is_final',
        MESSAGE = format('the check of upload %s ended as %s and may not become %s',
                         OLD.upload_id, OLD.state, NEW.state);
END
$$;
CREATE TRIGGER check_is_final BEFORE UPDATE ON upload_check FOR EACH ROW
    WHEN (OLD.state IN ('clean', 'refused', 'unscannable') AND NEW.state <> OLD.state
          AND NOT (OLD.state = 'clean' AND NEW.state = 'unscannable')) -- found damaged later
    EXECUTE FUNCTION check_is_final();

-- Pictures made of a file's pixels. `areas` names what was painted over ('' for nothing); `blob` is where they lie.
CREATE TABLE derivative (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    areas          text NOT NULL CHECK (areas ~ '^([0-9a-f]{64})?$'),
    variant        text NOT NULL CHECK (variant IN ('w160', 'w640', 'w1600', 'text')),
    page           integer NOT NULL CHECK (page >= 1),
    width          integer NOT NULL CHECK (width >= 0),
    height         integer NOT NULL CHECK (height >= 0),
    media_type     text NOT NULL CHECK (media_type IN ('image/webp', 'text/plain')),
    size_bytes     bigint NOT NULL CHECK (size_bytes >= 0),
    blob           text NOT NULL,
    PRIMARY KEY (marketplace_id, upload_id, areas, variant, page),
    FOREIGN KEY (marketplace_id, upload_id) REFERENCES upload
);
CREATE INDEX derivative_blob ON derivative (marketplace_id, blob);

-- Redacted copies asked for: the areas to paint over, drawn by the worker as soon as the file is clean.
CREATE TABLE redacted_copy (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    areas          text NOT NULL CHECK (areas ~ '^[0-9a-f]{64}$'),
    drawing        json NOT NULL,               -- [{page, left, top, width, height}] in 1/10000 of the page
    state          text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'drawn', 'failed')),
    attempts       integer NOT NULL DEFAULT 0,
    not_before     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (marketplace_id, upload_id, areas),
    FOREIGN KEY (marketplace_id, upload_id) REFERENCES upload
);
CREATE INDEX redacted_copy_wanted ON redacted_copy (marketplace_id, not_before) WHERE state = 'wanted';

-- What a case must be told of a file: pending until `told` says what it was told.
CREATE TABLE file_note (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    case_id        uuid NOT NULL,
    told           text CHECK (told IN ('clean', 'refused', 'moot')),
    round          integer NOT NULL DEFAULT 1,  -- grows when there is something new to tell
    attempts       integer NOT NULL DEFAULT 0,
    not_before     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (marketplace_id, upload_id, case_id)
);
CREATE INDEX file_note_pending ON file_note (marketplace_id, upload_id) WHERE told IS NULL;

-- Every look of a member of staff at an original. Written before the first byte leaves; never changed.
CREATE TABLE staff_look (
    marketplace_id text NOT NULL,
    look_id        uuid NOT NULL,
    upload_id      uuid NOT NULL,
    case_id        uuid,
    role           text NOT NULL CHECK (role IN ('adjudicator', 'operator', 'auditor')),
    who            text NOT NULL CHECK (who <> ''),
    what           text NOT NULL CHECK (what <> ''),
    reason         bytea NOT NULL,              -- sealed with the file's key: it goes when the file goes
    at             timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, look_id),
    FOREIGN KEY (marketplace_id, upload_id) REFERENCES upload
);
CREATE INDEX staff_look_of_upload ON staff_look (marketplace_id, upload_id, at);
CREATE INDEX staff_look_of_case ON staff_look (marketplace_id, case_id, at) WHERE case_id IS NOT NULL;

CREATE FUNCTION file_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO upload_check (marketplace_id, upload_id) VALUES (NEW.marketplace_id, NEW.upload_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER file_arrived AFTER INSERT OR UPDATE OF received_at ON upload
    FOR EACH ROW WHEN (NEW.received_at IS NOT NULL) EXECUTE FUNCTION file_arrived();

-- The same file brought again into the same case is a new piece there, and the case is told again.
CREATE FUNCTION file_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO file_note (marketplace_id, upload_id, case_id)
    VALUES (NEW.marketplace_id, NEW.upload_id, NEW.case_id)
    ON CONFLICT (marketplace_id, upload_id, case_id)
    DO UPDATE SET told = NULL, round = file_note.round + 1, attempts = 0, not_before = now();
    RETURN NULL;
END
$$;
CREATE TRIGGER file_used AFTER INSERT ON upload_use FOR EACH ROW EXECUTE FUNCTION file_used();

-- Files that arrived before there were checks. The owner of a table is bound by its policies like everyone else.
ALTER TABLE upload NO FORCE ROW LEVEL SECURITY;
INSERT INTO upload_check (marketplace_id, upload_id)
SELECT marketplace_id, upload_id FROM upload WHERE received_at IS NOT NULL;
ALTER TABLE upload FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['upload_check', 'derivative', 'redacted_copy', 'file_note', 'staff_look'] LOOP
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
GRANT SELECT, INSERT, UPDATE ON upload_check, redacted_copy, file_note TO amends_app;
GRANT SELECT, INSERT, DELETE ON derivative TO amends_app;
GRANT DELETE ON redacted_copy TO amends_app;
GRANT SELECT, INSERT ON staff_look TO amends_app;
