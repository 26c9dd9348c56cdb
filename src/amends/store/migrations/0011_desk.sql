-- The adjudicators' desk: work in hand and decisions waiting out their minute, who looks at a case, and how a queue is
-- set. None of it is history or part of a case: the case learns of a decision when it is filed. What is written in a
-- piece of work is sealed under the case's key of the staff.

CREATE DOMAIN work_state AS text CHECK (VALUE IN ('kept', 'staged', 'filing', 'filed', 'refused'));
CREATE TABLE desk_work (
    case_id        uuid NOT NULL,
    staff_id       named NOT NULL,
    marketplace_id text NOT NULL,
    staff_name     text,
    version        counted NOT NULL DEFAULT 1,
    state          work_state NOT NULL DEFAULT 'kept',
    body           bytea NOT NULL,       -- the form, sealed
    findings_saved boolean NOT NULL DEFAULT false,
    saved_at       timestamptz NOT NULL,
    files_at       timestamptz,          -- a staged decision goes out then, unless it is undone before
    claimed_at     timestamptz,          -- a worker is filing it since then
    refusal        bytea,                -- why the law refused it when it was to be filed, sealed
    PRIMARY KEY (case_id, staff_id),
    CONSTRAINT staged_says_when CHECK ((state IN ('staged', 'filing')) <= (files_at IS NOT NULL))
);
CREATE INDEX desk_work_due ON desk_work (marketplace_id, files_at) WHERE state IN ('staged', 'filing');
CREATE INDEX desk_work_of ON desk_work (marketplace_id, staff_id, saved_at);

CREATE TABLE desk_presence (
    case_id        uuid NOT NULL,
    staff_id       named NOT NULL,
    marketplace_id text NOT NULL,
    staff_name     text,
    seen_at        timestamptz NOT NULL,
    PRIMARY KEY (case_id, staff_id)
);

CREATE TABLE desk_setting (
    marketplace_id text NOT NULL,
    queue          text NOT NULL CHECK (queue IN ('disputes', 'appeals')),
    findings_first boolean NOT NULL,
    set_by         named NOT NULL,
    set_at         timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, queue)
);

-- What waits for an adjudicator is found by its clock.
CREATE INDEX deadline_of_desk ON deadline (marketplace_id, due_at) WHERE state = 'open' AND party = 'adjudicator';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['desk_work', 'desk_presence', 'desk_setting'] LOOP
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
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_work, desk_presence TO amends_app;
GRANT SELECT, INSERT, UPDATE ON desk_setting TO amends_app;
