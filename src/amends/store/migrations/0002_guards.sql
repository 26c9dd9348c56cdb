-- The guards: what makes a wrong row impossible whoever writes it.

-- Money: the legs of a journal sum to zero in each currency. Checked when the transaction ends.
CREATE FUNCTION posting_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The journal by its primary key alone, the currency outside: on a new installation, which has no statistics,
    -- the planner would otherwise take the index of marketplace and currency and read every posting there is.
    IF (SELECT sum(leg.amount) FROM (
            SELECT p.amount, p.currency FROM posting p
            WHERE p.case_id = NEW.case_id AND p.journal_id = NEW.journal_id OFFSET 0) leg
        WHERE leg.currency = NEW.currency
       ) IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            TABLE = 'posting',
            CONSTRAINT = 'journal_sums_to_zero',
            MESSAGE = format('journal %s of case %s does not sum to zero in %s',
                             NEW.journal_id, NEW.case_id, NEW.currency);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER journal_sums_to_zero AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION posting_is_balanced();

-- Time: a deadline may be moved later, never earlier.
CREATE FUNCTION deadline_moved_earlier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        TABLE = 'deadline',
        CONSTRAINT = 'deadline_never_moves_earlier',
        MESSAGE = format('deadline %s of case %s was due at %s and may not become due at %s',
                         OLD.deadline_id, OLD.case_id, OLD.due_at, NEW.due_at);
END
$$;
CREATE TRIGGER deadline_never_moves_earlier BEFORE UPDATE ON deadline
    FOR EACH ROW WHEN (NEW.due_at < OLD.due_at) EXECUTE FUNCTION deadline_moved_earlier();

-- Tenancy: a seat belt under the application's own checks. Nobody is exempt, not even the owner.
-- IS NOT DISTINCT FROM, because no index serves it: with `=` a plan made while a table was new could look up a row
-- of a case by reading everything of its marketplace, and be kept. Statements name the marketplace themselves.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['marketplace_secret', 'orders', 'case', 'event', 'deadline', 'posting',
                                'outbox', 'idempotency', 'api_key', 'upload'] LOOP
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
-- A caller is known by its key before its marketplace is: whoever presents a key's hash may read that row.
CREATE POLICY presented_key ON api_key FOR SELECT
    USING (hash = decode(nullif(current_setting('amends.key_hash', true), ''), 'hex'));

-- Grants: history, money and answers given are insert-only.
REVOKE ALL ON ALL TABLES IN SCHEMA amends FROM PUBLIC;
GRANT USAGE ON SCHEMA amends TO amends_app;
GRANT SELECT, INSERT ON event, posting, idempotency, marketplace_secret, upload TO amends_app;
GRANT SELECT, INSERT, UPDATE ON "case", deadline, outbox, orders TO amends_app;
GRANT SELECT, INSERT ON marketplace, api_key TO amends_app;
GRANT UPDATE (sandbox, clock_at) ON marketplace TO amends_app;
GRANT UPDATE (revoked_at) ON api_key TO amends_app;
