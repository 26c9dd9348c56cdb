-- The write path. `append_events` writes all that one decided command changes in a case, or that a sweep's
-- commands change in many, in one call; `read_case` is the one read before it. Both set their own
-- row-level-security context, so that each is a single statement and a single round trip.

CREATE TYPE case_write AS (
    case_id uuid, expected integer, revision integer, at timestamptz, prev_hash bytea, last_hash bytea,
    order_id text, line_id text, claim_id text, buyer_id text, seller_id text, carrier_id text,
    stage text, closed_as text, reason text, scenario text, assigned_to text, assigned_until timestamptz,
    pack text, edition text, currency text, paid bigint, refunded bigint,
    opened_at timestamptz, updated_at timestamptz, next_due_at timestamptz, priority integer, state json
);
CREATE TYPE event_write AS (
    case_id uuid, seq integer, type text, at timestamptz, actor_role text, actor_id text,
    clauses text[], body json, hash bytea, prev_hash bytea
);
CREATE TYPE deadline_write AS (
    case_id uuid, deadline_id text, kind text, party text, due_at timestamptz, state text, detail json
);
CREATE TYPE posting_write AS (
    case_id uuid, journal_id text, ordinal integer, account text, currency text, amount bigint,
    seq integer, purpose text, at timestamptz
);
CREATE TYPE notice_write AS (
    case_id uuid, seq integer, ordinal integer, kind text, payload json, at timestamptz
);
CREATE TYPE answer_write AS (
    case_id uuid, principal text, key text, fingerprint bytea, status integer, answer json, at timestamptz
);

-- Writes the case row if nobody moved the case meanwhile; says whether it did. An UPDATE that waited for another
-- writer judges its WHERE again on the row that writer left (READ COMMITTED), so the revision, the hash and the
-- instant it compares are never old ones.
CREATE FUNCTION write_case(marketplace text, w case_write) RETURNS boolean LANGUAGE plpgsql AS $$
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
        WHERE case_id = w.case_id AND revision = w.expected AND last_hash = w.prev_hash AND last_at <= w.at;
    END IF;
    RETURN FOUND;
END
$$;

-- The same for a sweep's many cases: one UPDATE for those that exist and nobody moved; says which. The rows are
-- locked first, in ascending case_id, so that two calls never wait for each other in a circle.
CREATE FUNCTION write_cases(writes case_write[], oldest timestamptz) RETURNS uuid[] LANGUAGE plpgsql AS $$
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
          AND c.last_at <= w.at AND w.at >= oldest
        RETURNING c.case_id)
    SELECT coalesce(array_agg(case_id), '{}') INTO written FROM moved;
    RETURN written;
END
$$;

-- Why write_case wrote nothing.
CREATE FUNCTION why_not_written(w case_write, answers answer_write[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM unnest(answers) a JOIN idempotency i USING (case_id, principal, key)
               WHERE a.case_id = w.case_id) THEN
        RETURN 'duplicate';
    ELSIF EXISTS (SELECT FROM "case" c WHERE c.case_id = w.case_id AND c.revision = w.expected
                  AND c.last_hash = w.prev_hash) THEN
        RETURN 'stale';
    END IF;
    RETURN 'conflict';
END
$$;

-- Everything that hangs on the case rows just written.
CREATE FUNCTION write_consequences(
    marketplace text, events event_write[], deadlines deadline_write[], postings posting_write[],
    notices notice_write[], answers answer_write[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event (case_id, seq, marketplace_id, type, at, actor_role, actor_id, clauses, body, hash, prev_hash)
    SELECT e.case_id, e.seq, marketplace, e.type, e.at, e.actor_role, e.actor_id, e.clauses, e.body, e.hash,
           e.prev_hash
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
END
$$;

-- The oldest instant a command of this marketplace may carry: 5 s before its clock. While a standing sandbox clock
-- is being moved, the deadlines it passes fire at their own instants, whatever the clock says.
CREATE FUNCTION oldest_instant(marketplace text, catching_up boolean) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    standing timestamptz;
BEGIN
    SELECT m.clock_at INTO standing FROM marketplace m WHERE m.id = marketplace;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = 'marketplace',
            MESSAGE = format('there is no marketplace %s', marketplace);
    ELSIF standing IS NOT NULL AND catching_up THEN
        RETURN '-infinity';
    END IF;
    RETURN coalesce(standing, clock_timestamp()) - interval '5 s';
END
$$;

-- One call, any number of cases of one marketplace, given in ascending case_id so that two calls never wait for
-- each other in a circle. Answers with one outcome per case, in the order given: appended, conflict, stale or
-- duplicate. A row that breaks a constraint fails the whole call; the caller then asks append_events_apart.
-- `routing` is the case of a call about one case and NULL in a sweep: the argument Citus routes the call by.
CREATE FUNCTION append_events(
    marketplace text, routing uuid, cases case_write[], events event_write[], deadlines deadline_write[],
    postings posting_write[], notices notice_write[], answers answer_write[], catching_up boolean
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
    END IF;
    IF cardinality(written) > 0 THEN
        PERFORM write_consequences(marketplace, events, deadlines, postings, notices, answers);
    END IF;
    RETURN outcomes;
END
$$;

-- The slow road, taken when append_events failed: every case in a sub-transaction of its own, so that the one
-- whose rows break a constraint is reported ('poisoned: why') and the others are written.
CREATE FUNCTION append_events_apart(
    marketplace text, routing uuid, cases case_write[], events event_write[], deadlines deadline_write[],
    postings posting_write[], notices notice_write[], answers answer_write[], catching_up boolean
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
                ARRAY(SELECT a FROM unnest(answers) a WHERE a.case_id = w.case_id), catching_up))[1];
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

-- All the hinge needs to decide, in one row. The case is read before the key: a twin that commits in between is
-- then seen by its answer, never missed.
CREATE FUNCTION read_case(
    marketplace text, wanted uuid, of_order text, asked_by text, used_key text,
    OUT revision integer, OUT state json, OUT last_hash bytea, OUT last_at timestamptz,
    OUT clock_at timestamptz, OUT read_at timestamptz, OUT order_facts json,
    OUT fingerprint bytea, OUT status integer, OUT answer json
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('amends.marketplace', marketplace, true);
    SELECT c.revision, c.state, c.last_hash, c.last_at INTO revision, state, last_hash, last_at
    FROM "case" c WHERE c.case_id = wanted;
    IF NOT FOUND THEN
        revision := 0;
        SELECT o.facts INTO order_facts FROM orders o WHERE o.marketplace_id = marketplace AND o.order_id = of_order;
    END IF;
    IF used_key IS NOT NULL THEN
        SELECT i.fingerprint, i.status, i.answer INTO fingerprint, status, answer
        FROM idempotency i WHERE i.case_id = wanted AND i.principal = asked_by AND i.key = used_key;
    END IF;
    SELECT m.clock_at INTO clock_at FROM marketplace m WHERE m.id = marketplace;
    read_at := clock_timestamp();
END
$$;

-- Who presents this key? Read by its hash, before the marketplace is known.
CREATE FUNCTION find_key(presented bytea) RETURNS SETOF api_key LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('amends.key_hash', encode(presented, 'hex'), true);
    RETURN QUERY SELECT * FROM api_key k WHERE k.hash = presented AND k.revoked_at IS NULL;
END
$$;

-- Functions are for the application alone.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA amends FROM PUBLIC;
GRANT EXECUTE ON FUNCTION write_case, write_cases, why_not_written, write_consequences, oldest_instant, append_events,
    append_events_apart, read_case, find_key TO amends_app;
