-- Drafts: commands a party has prepared and not sent. No history and no part of the case: only their author sees them,
-- they may be written over and deleted, and they go with the party's key. `body` is what they say, sealed.

CREATE DOMAIN draft_state AS text CHECK (VALUE IN ('kept', 'filed', 'refused'));
CREATE TABLE draft (
    case_id          uuid NOT NULL,
    role             actor_role NOT NULL CHECK (role IN ('buyer', 'seller', 'carrier')),
    author_id        named NOT NULL,
    command          named NOT NULL,
    marketplace_id   text NOT NULL,
    version          counted NOT NULL DEFAULT 1,
    body             bytea NOT NULL,
    file_at_deadline boolean NOT NULL,
    deadline_id      text,               -- the one running when it was saved; it files itself for no other
    given            counted_from_zero NOT NULL,
    state            draft_state NOT NULL DEFAULT 'kept',
    saved_at         timestamptz NOT NULL,
    settled_at       timestamptz,
    refusal          bytea,              -- why the law refused it, sealed like the body
    PRIMARY KEY (case_id, role, author_id, command),
    CONSTRAINT settled_says_when CHECK ((state = 'kept') = (settled_at IS NULL))
);
COMMENT ON COLUMN draft.given IS 'How many pieces its author had handed in or declined when it was saved.';

ALTER TABLE draft ENABLE ROW LEVEL SECURITY;
ALTER TABLE draft FORCE ROW LEVEL SECURITY;
CREATE POLICY own_marketplace ON draft
    USING (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
    WITH CHECK (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON draft TO amends_app;
