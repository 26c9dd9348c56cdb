-- Personal data and keys, apart from the log. Events are stored as they were hashed: every personal text in them is
-- a salted digest. The texts lie beside them in `openings`, the state of a case in `state`, both encrypted by the
-- application under keys of the case; the keys are wrapped by one the database never sees. To erase is to DELETE
-- a row of case_key or data_key.

-- Texts written in the clear cannot be sealed afterwards: their hashes stand. Row-level security hides the rows from
-- their own owner, so it is lifted for the question.
DO $$
DECLARE
    name text;
    found boolean;
BEGIN
    FOREACH name IN ARRAY ARRAY['case', 'event', 'orders', 'upload'] LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO found;
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        IF found THEN
            RAISE EXCEPTION 'this database holds orders or cases from before texts were sealed, and their hashes '
                'forbid sealing them now; it was left as it is: name a new database and import the orders there';
        END IF;
    END LOOP;
END
$$;

-- The only row knows the key the database was sealed with: a keyed digest of a fixed text.
CREATE TABLE vault_proof (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    proof    sha256 NOT NULL
);
COMMENT ON TABLE vault_proof IS 'Recognises the right vault key at start. No secret, no personal data.';

-- `wrapped` begins with a byte for its subject, so that a case's keys can be read as one array.
CREATE DOMAIN key_subject AS text CHECK (VALUE IN ('buyer', 'seller', 'carrier', 'staff', 'state'));
CREATE TABLE case_key (
    case_id        uuid NOT NULL,
    subject        key_subject NOT NULL,
    marketplace_id text NOT NULL,
    wrapped        bytea NOT NULL,
    made_at        timestamptz NOT NULL,
    PRIMARY KEY (case_id, subject)
);
COMMENT ON TABLE case_key IS 'Keys of a case, in its shard. Deleting a row erases what that subject said.';

CREATE TABLE data_key (
    marketplace_id text NOT NULL,
    scope          text NOT NULL CHECK (scope ~ '^(order|upload):.'),
    subject        key_subject NOT NULL,
    wrapped        bytea NOT NULL,
    made_at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (marketplace_id, scope, subject)
);
COMMENT ON TABLE data_key IS 'Keys of orders (their persons) and of uploads (their bytes).';

-- Which evidence of which case rests on which upload.
CREATE TABLE upload_use (
    case_id        uuid NOT NULL,
    upload_id      uuid NOT NULL,
    evidence_id    text NOT NULL,
    marketplace_id text NOT NULL,
    PRIMARY KEY (case_id, upload_id, evidence_id)
);
CREATE INDEX upload_use_upload ON upload_use (marketplace_id, upload_id);

-- Erasures whose keys are destroyed: by the hash of the event that ordered it.
CREATE TABLE erasure (
    case_id        uuid NOT NULL,
    hash           sha256 NOT NULL,
    marketplace_id text NOT NULL,
    applied_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, hash)
);

-- Ciphertext does not compress, so nobody tries.
ALTER TABLE event ADD COLUMN openings bytea NOT NULL DEFAULT '';
ALTER TABLE event ALTER COLUMN openings SET STORAGE EXTERNAL;
CREATE INDEX event_erasure ON event (marketplace_id) WHERE type = 'personal_data_erased';
ALTER TABLE "case" ALTER COLUMN state TYPE bytea USING convert_to(state::text, 'UTF8');
ALTER TABLE "case" ALTER COLUMN state SET STORAGE EXTERNAL;
-- Counts how often the keys of the case were changed: a command that read older ones must read again.
ALTER TABLE "case" ADD COLUMN key_generation counted_from_zero NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN persons bytea;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['case_key', 'data_key', 'upload_use', 'erasure'] LOOP
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
REVOKE ALL ON vault_proof, case_key, data_key, upload_use, erasure FROM PUBLIC;
GRANT SELECT, INSERT ON vault_proof, upload_use, erasure TO amends_app;
GRANT SELECT, INSERT, DELETE ON case_key, data_key TO amends_app;

-- The write and read path of 0003 with what is new: the state as ciphertext, openings, keys and uses of uploads.
DROP FUNCTION append_events;
DROP FUNCTION append_events_apart;
DROP FUNCTION write_consequences;
DROP FUNCTION read_case;
ALTER TYPE case_write ALTER ATTRIBUTE state TYPE bytea;
ALTER TYPE case_write ADD ATTRIBUTE key_generation integer;
ALTER TYPE event_write ADD ATTRIBUTE openings bytea;
CREATE TYPE key_write AS (case_id uuid, subject text, wrapped bytea, at timestamptz);
CREATE TYPE use_write AS (case_id uuid, upload_id uuid, evidence_id text);

-- A changed key generation is answered like a stale instant: the command reads again.
CREATE OR REPLACE FUNCTION write_case(marketplace text, w case_write) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF w.expected = 0 THEN
        INSERT INTO "case" (
            case_id, marketplace_id, order_id, line_id, claim_id, buyer_id, seller_id, carrier_id, revision,
            stage, closed_as, reason, scenario, assigned_to, assigned_until, pack, edition, currency,
            paid, refunded, opened_at, updated_at, next_due_at, priority, last_at, last_hash, state)
        VALUES (
            w.case_id, marketplace, w.order_id, w.line_id, w.claim_id, w.buyer_id, w.seller_id, w.carrier_id,
            w.revision, w.stage, w.closed_as, w.reason, w.scenario, w.assigned_to, w.assigned_until, w.pack,
            w.edition, w.currency, w.paid, w.refunded, w.opened_at, w.updated_at, w.next_due_at, w.priority,
            w.at, w.last_hash, w.state)
        ON CONFLICT (case_id) DO NOTHING;
    ELSE
        UPDATE "case" SET
            claim_id = w.claim_id, carrier_id = w.carrier_id, revision = w.revision, stage = w.stage,
            closed_as = w.closed_as, reason = w.reason, scenario = w.scenario, assigned_to = w.assigned_to,
            assigned_until = w.assigned_until, paid = w.paid, refunded = w.refunded,
            updated_at = w.updated_at, next_due_at = w.next_due_at, priority = w.priority,
            last_at = w.at, last_hash = w.last_hash, state = w.state
        WHERE case_id = w.case_id AND revision = w.expected AND last_hash = w.prev_hash AND last_at <= w.at
          AND key_generation = w.key_generation;
    END IF;
    RETURN FOUND;
END
$$;

CREATE OR REPLACE FUNCTION write_cases(writes case_write[], oldest timestamptz) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    written uuid[];
BEGIN
    PERFORM FROM "case" c WHERE c.case_id = ANY (ARRAY(SELECT w.case_id FROM unnest(writes) w))
    ORDER BY c.case_id FOR UPDATE;
    WITH moved AS (
        UPDATE "case" c SET
            claim_id = w.claim_id, carrier_id = w.carrier_id, revision = w.revision, stage = w.stage,
            closed_as = w.closed_as, reason = w.reason, scenario = w.scenario, assigned_to = w.assigned_to,
            assigned_until = w.assigned_until, paid = w.paid, refunded = w.refunded,
            updated_at = w.updated_at, next_due_at = w.next_due_at, priority = w.priority,
            last_at = w.at, last_hash = w.last_hash, state = w.state
        FROM unnest(writes) w
        WHERE c.case_id = w.case_id AND c.revision = w.expected AND c.last_hash = w.prev_hash
          AND c.last_at <= w.at AND w.at >= oldest AND c.key_generation = w.key_generation
        RETURNING c.case_id)
    SELECT coalesce(array_agg(case_id), '{}') INTO written FROM moved;
    RETURN written;
END
$$;

CREATE FUNCTION write_consequences(
    marketplace text, events event_write[], deadlines deadline_write[], postings posting_write[],
    notices notice_write[], answers answer_write[],
    keys key_write[], uses use_write[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event (case_id, seq, marketplace_id, type, at, actor_role, actor_id, clauses, body, openings, hash,
                       prev_hash)
    SELECT e.case_id, e.seq, marketplace, e.type, e.at, e.actor_role, e.actor_id, e.clauses, e.body, e.openings,
           e.hash, e.prev_hash
    FROM unnest(events) e;
    IF cardinality(deadlines) > 0 THEN
        INSERT INTO deadline (case_id, deadline_id, marketplace_id, kind, party, due_at, state, detail)
        SELECT d.case_id, d.deadline_id, marketplace, d.kind, d.party, d.due_at, d.state, d.detail
        FROM unnest(deadlines) d
        ON CONFLICT (case_id, deadline_id) DO UPDATE SET
            due_at = excluded.due_at, state = excluded.state, detail = excluded.detail,
            attempts = 0, last_error = NULL, not_before = NULL;
    END IF;
    IF cardinality(postings) > 0 THEN
        INSERT INTO posting (case_id, journal_id, ordinal, marketplace_id, account, currency, amount, seq, purpose, at)
        SELECT p.case_id, p.journal_id, p.ordinal, marketplace, p.account, p.currency, p.amount, p.seq, p.purpose,
               p.at
        FROM unnest(postings) p;
    END IF;
    IF cardinality(notices) > 0 THEN
        INSERT INTO outbox (case_id, seq, ordinal, marketplace_id, kind, payload, at)
        SELECT n.case_id, n.seq, n.ordinal, marketplace, n.kind, n.payload, n.at
        FROM unnest(notices) n;
    END IF;
    IF cardinality(answers) > 0 THEN
        INSERT INTO idempotency (case_id, principal, key, marketplace_id, fingerprint, status, answer, at)
        SELECT a.case_id, a.principal, a.key, marketplace, a.fingerprint, a.status, a.answer, a.at
        FROM unnest(answers) a;
    END IF;
    IF cardinality(keys) > 0 THEN
        INSERT INTO case_key (case_id, subject, marketplace_id, wrapped, made_at)
        SELECT k.case_id, k.subject, marketplace, k.wrapped, k.at FROM unnest(keys) k;
    END IF;
    IF cardinality(uses) > 0 THEN
        INSERT INTO upload_use (case_id, upload_id, evidence_id, marketplace_id)
        SELECT u.case_id, u.upload_id, u.evidence_id, marketplace FROM unnest(uses) u
        ON CONFLICT DO NOTHING;
    END IF;
END
$$;

CREATE FUNCTION append_events(
    marketplace text, routing uuid, cases case_write[], events event_write[], deadlines deadline_write[],
    postings posting_write[], notices notice_write[], answers answer_write[],
    keys key_write[], uses use_write[], catching_up boolean
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    oldest timestamptz;
    w case_write;
    written uuid[] := '{}';
    outcomes text[] := '{}';
BEGIN
    PERFORM set_config('amends.marketplace', marketplace, true);
    oldest := oldest_instant(marketplace, catching_up);
    IF cardinality(cases) > 1 THEN
        written := write_cases(cases, oldest);
    END IF;
    FOREACH w IN ARRAY cases LOOP
        IF w.case_id = ANY (written) THEN
            outcomes := outcomes || 'appended'::text;
        ELSIF w.at < oldest THEN
            outcomes := outcomes || 'stale'::text;
        ELSIF write_case(marketplace, w) THEN
            written := written || w.case_id;
            outcomes := outcomes || 'appended'::text;
        ELSE
            outcomes := outcomes || why_not_written(w, answers);
        END IF;
    END LOOP;
    IF cardinality(written) < cardinality(cases) THEN
        events := ARRAY(SELECT e FROM unnest(events) e WHERE e.case_id = ANY (written));
        deadlines := ARRAY(SELECT d FROM unnest(deadlines) d WHERE d.case_id = ANY (written));
        postings := ARRAY(SELECT p FROM unnest(postings) p WHERE p.case_id = ANY (written));
        notices := ARRAY(SELECT n FROM unnest(notices) n WHERE n.case_id = ANY (written));
        answers := ARRAY(SELECT a FROM unnest(answers) a WHERE a.case_id = ANY (written));
        keys := ARRAY(SELECT k FROM unnest(keys) k WHERE k.case_id = ANY (written));
        uses := ARRAY(SELECT u FROM unnest(uses) u WHERE u.case_id = ANY (written));
    END IF;
    IF cardinality(written) > 0 THEN
        PERFORM write_consequences(marketplace, events, deadlines, postings, notices, answers, keys, uses);
    END IF;
    RETURN outcomes;
END
$$;

CREATE FUNCTION append_events_apart(
    marketplace text, routing uuid, cases case_write[], events event_write[], deadlines deadline_write[],
    postings posting_write[], notices notice_write[], answers answer_write[],
    keys key_write[], uses use_write[], catching_up boolean
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    w case_write;
    outcome text;
    broken text;
    reason text;
    outcomes text[] := '{}';
BEGIN
    FOREACH w IN ARRAY cases LOOP
        BEGIN
            outcome := (append_events(
                marketplace, w.case_id, ARRAY[w],
                ARRAY(SELECT e FROM unnest(events) e WHERE e.case_id = w.case_id),
                ARRAY(SELECT d FROM unnest(deadlines) d WHERE d.case_id = w.case_id),
                ARRAY(SELECT p FROM unnest(postings) p WHERE p.case_id = w.case_id),
                ARRAY(SELECT n FROM unnest(notices) n WHERE n.case_id = w.case_id),
                ARRAY(SELECT a FROM unnest(answers) a WHERE a.case_id = w.case_id),
                ARRAY(SELECT k FROM unnest(keys) k WHERE k.case_id = w.case_id),
                ARRAY(SELECT u FROM unnest(uses) u WHERE u.case_id = w.case_id), catching_up))[1];
            SET CONSTRAINTS ALL IMMEDIATE;
        EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
            GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME, reason = MESSAGE_TEXT;
            outcome := CASE WHEN broken LIKE 'idempotency_pkey%' THEN 'duplicate' ELSE 'poisoned: ' || reason END;
        END;
        outcomes := outcomes || outcome;
    END LOOP;
    RETURN outcomes;
END
$$;

CREATE FUNCTION read_case(
    marketplace text, wanted uuid, of_order text, asked_by text, used_key text,
    OUT revision integer, OUT state bytea, OUT key_generation integer, OUT keys bytea[],
    OUT last_hash bytea, OUT last_at timestamptz,
    OUT clock_at timestamptz, OUT read_at timestamptz, OUT order_facts json,
    OUT order_persons bytea, OUT order_keys bytea[],
    OUT fingerprint bytea, OUT status integer, OUT answer json
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('amends.marketplace', marketplace, true);
    SELECT c.revision, c.state, c.key_generation, c.last_hash, c.last_at,
           ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = wanted)
    INTO revision, state, key_generation, last_hash, last_at, keys
    FROM "case" c WHERE c.case_id = wanted;
    IF NOT FOUND THEN
        revision := 0;
        SELECT o.facts, o.persons,
               ARRAY(SELECT k.wrapped FROM data_key k
                     WHERE k.marketplace_id = marketplace AND k.scope = 'order:' || of_order)
        INTO order_facts, order_persons, order_keys
        FROM orders o WHERE o.marketplace_id = marketplace AND o.order_id = of_order;
    END IF;
    IF used_key IS NOT NULL THEN
        SELECT i.fingerprint, i.status, i.answer INTO fingerprint, status, answer
        FROM idempotency i WHERE i.case_id = wanted AND i.principal = asked_by AND i.key = used_key;
    END IF;
    SELECT m.clock_at INTO clock_at FROM marketplace m WHERE m.id = marketplace;
    read_at := clock_timestamp();
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA amends FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_case, write_cases, write_consequences, append_events, append_events_apart, read_case
    TO amends_app;
