-- The tables. One case = one shard: every hot table is keyed by case_id first and carries marketplace_id
-- for row-level security. No sequence, no foreign key from one case to another, no shared counter row.
-- JSON that the database never looks into is `json`, kept as the very bytes that were hashed or decided on.

-- Single-column rules are domains, not CHECKs: a CHECK is parsed again by every statement that writes the row
-- (measured: a quarter of the server's time per command), a domain's rule is kept ready for the connection.
CREATE DOMAIN marketplace_name AS text CHECK (VALUE ~ '^[a-z0-9][a-z0-9_-]{0,62}$');
CREATE DOMAIN named AS text CHECK (VALUE <> '');
CREATE DOMAIN sha256 AS bytea CHECK (octet_length(VALUE) = 32);
CREATE DOMAIN client_key AS text CHECK (length(VALUE) BETWEEN 1 AND 255);
CREATE DOMAIN counted AS integer CHECK (VALUE >= 1);
CREATE DOMAIN counted_from_zero AS integer CHECK (VALUE >= 0);
CREATE DOMAIN currency_code AS text CHECK (VALUE ~ '^[A-Z]{3}$');
-- Money in minor units, within what every JSON reader holds exactly (2^53 - 1).
CREATE DOMAIN minor_units AS bigint CHECK (VALUE BETWEEN -9007199254740991 AND 9007199254740991);
CREATE DOMAIN posted_amount AS bigint CHECK (VALUE <> 0 AND VALUE BETWEEN -9007199254740991 AND 9007199254740991);
CREATE DOMAIN case_stage AS text CHECK (VALUE IN (
    'awaiting_seller', 'refused', 'gathering_evidence', 'under_review', 'agreed',
    'decided', 'under_appeal', 'suspended', 'withdrawn', 'closed'));
CREATE DOMAIN case_end AS text CHECK (VALUE IN (
    'remedied', 'decided', 'settled', 'withdrawn', 'expired', 'external'));
CREATE DOMAIN actor_role AS text CHECK (VALUE IN (
    'buyer', 'seller', 'carrier', 'adjudicator', 'operator', 'clock'));
CREATE DOMAIN key_role AS text CHECK (VALUE IN ('operator', 'adjudicator', 'carrier', 'auditor'));
CREATE DOMAIN deadline_state AS text CHECK (VALUE IN ('open', 'fired', 'ended', 'set_aside'));
CREATE DOMAIN outbox_state AS text CHECK (VALUE IN ('ready', 'done', 'dead'));
CREATE DOMAIN notice_kind AS text CHECK (VALUE ~ '^[a-z_]+(\.[a-z_]+)+$');

CREATE TABLE marketplace (
    id         marketplace_name PRIMARY KEY,
    sandbox    boolean NOT NULL DEFAULT false,
    clock_at   timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT only_a_sandbox_clock_stands CHECK (sandbox OR clock_at IS NULL)
);
COMMENT ON TABLE marketplace IS 'The directory of marketplaces: no secrets, no personal data, readable without a context.';

CREATE TABLE marketplace_secret (
    marketplace_id text PRIMARY KEY,
    secret         bytea NOT NULL CHECK (octet_length(secret) >= 32)
);
COMMENT ON TABLE marketplace_secret IS 'Root of case ids and party tokens. Insert-only.';

CREATE TABLE orders (
    marketplace_id text NOT NULL,
    order_id       named NOT NULL,
    facts          json NOT NULL,
    revision       counted NOT NULL DEFAULT 1,
    updated_at     timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, order_id)
);

CREATE TABLE "case" (
    case_id        uuid PRIMARY KEY,
    marketplace_id text NOT NULL,
    order_id       named NOT NULL,
    line_id        named NOT NULL,
    claim_id       text,
    buyer_id       text NOT NULL,
    seller_id      text NOT NULL,
    carrier_id     text,
    revision       counted NOT NULL,
    stage          case_stage NOT NULL,
    closed_as      case_end,
    reason         text,
    scenario       text,
    assigned_to    text,
    assigned_until timestamptz,
    pack           text NOT NULL,
    edition        text NOT NULL,
    currency       currency_code NOT NULL,
    paid           minor_units NOT NULL,
    refunded       minor_units NOT NULL,
    opened_at      timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    next_due_at    timestamptz,
    priority       integer NOT NULL DEFAULT 0,
    last_at        timestamptz NOT NULL,
    last_hash      sha256 NOT NULL,
    state          json NOT NULL,
    CONSTRAINT refunded_never_exceeds_paid CHECK (refunded BETWEEN 0 AND paid),
    CONSTRAINT closed_says_how CHECK ((stage = 'closed') = (closed_as IS NOT NULL))
) WITH (fillfactor = 60);
-- A case row is rewritten by every command. No ordinary index holds a column that each command changes, and every
-- page keeps room: then the new row stays in its page and the indexes are left alone (measured: a seventh of the
-- time and of the log of a sweep). `updated_at` has a BRIN index, which does not stand in the way of that.
-- A state of up to 8 KB stays in its row as it is: compressing it at every write took a fifth of a sweep.
ALTER TABLE "case" SET (toast_tuple_target = 8160);
CREATE INDEX case_opened ON "case" (marketplace_id, opened_at, case_id);
CREATE INDEX case_order ON "case" (marketplace_id, order_id);
CREATE INDEX case_buyer ON "case" (marketplace_id, buyer_id);
CREATE INDEX case_seller ON "case" (marketplace_id, seller_id);
CREATE INDEX case_updated ON "case" USING brin (updated_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX case_queue ON "case" (marketplace_id) WHERE stage IN ('under_review', 'under_appeal');

CREATE TABLE event (
    case_id        uuid NOT NULL,
    seq            counted NOT NULL,
    marketplace_id text NOT NULL,
    type           text NOT NULL,
    at             timestamptz NOT NULL,
    actor_role     actor_role NOT NULL,
    actor_id       text NOT NULL,
    clauses        text[] NOT NULL,
    body           json NOT NULL,
    hash           sha256 NOT NULL,
    prev_hash      sha256,
    tx             xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (case_id, seq),
    CONSTRAINT only_the_first_has_no_predecessor CHECK (seq = 1 OR prev_hash IS NOT NULL)
);
COMMENT ON COLUMN event.tx IS 'The writing transaction. The feed reads only below the oldest one still running.';
CREATE INDEX event_feed ON event (marketplace_id, tx, case_id, seq);

CREATE TABLE deadline (
    case_id        uuid NOT NULL,
    deadline_id    text NOT NULL,
    marketplace_id text NOT NULL,
    kind           text NOT NULL,
    party          text,
    due_at         timestamptz NOT NULL,
    state          deadline_state NOT NULL,
    detail         json NOT NULL,
    attempts       counted_from_zero NOT NULL DEFAULT 0,
    last_error     text,
    not_before     timestamptz,
    PRIMARY KEY (case_id, deadline_id)
);
CREATE INDEX deadline_due ON deadline (marketplace_id, due_at, case_id, deadline_id) WHERE state = 'open';
CREATE INDEX deadline_troubled ON deadline (marketplace_id) WHERE attempts > 0;

CREATE TABLE posting (
    case_id        uuid NOT NULL,
    journal_id     text NOT NULL,
    ordinal        counted_from_zero NOT NULL,
    marketplace_id text NOT NULL,
    account        named NOT NULL,
    currency       currency_code NOT NULL,
    amount         posted_amount NOT NULL,
    seq            counted NOT NULL,
    purpose        text NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (case_id, journal_id, ordinal)
);
CREATE INDEX posting_account ON posting (marketplace_id, account, currency);
CREATE INDEX posting_time ON posting (marketplace_id, at, case_id, journal_id, ordinal);

CREATE TABLE outbox (
    case_id        uuid NOT NULL,
    seq            counted NOT NULL,
    ordinal        counted_from_zero NOT NULL,
    marketplace_id text NOT NULL,
    kind           notice_kind NOT NULL,
    payload        json NOT NULL,
    at             timestamptz NOT NULL,
    state          outbox_state NOT NULL DEFAULT 'ready',
    attempts       counted_from_zero NOT NULL DEFAULT 0,
    last_error     text,
    not_before     timestamptz,
    PRIMARY KEY (case_id, seq, ordinal)
);
CREATE INDEX outbox_ready ON outbox (marketplace_id, at, case_id, seq, ordinal) WHERE state = 'ready';

CREATE TABLE idempotency (
    case_id        uuid NOT NULL,
    principal      text NOT NULL,
    key            client_key NOT NULL,
    marketplace_id text NOT NULL,
    fingerprint    sha256 NOT NULL,
    status         integer NOT NULL,
    answer         json NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (case_id, principal, key)
);

CREATE TABLE api_key (
    key_id         uuid PRIMARY KEY,
    marketplace_id text NOT NULL,
    hash           sha256 NOT NULL UNIQUE,
    role           key_role NOT NULL,
    name           named NOT NULL,
    created_at     timestamptz NOT NULL,
    revoked_at     timestamptz
);

CREATE TABLE upload (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    owner_role     text NOT NULL,
    owner_id       text NOT NULL,
    sha256         sha256 NOT NULL,
    size_bytes     bigint NOT NULL CHECK (size_bytes >= 0),
    media_type     text NOT NULL,
    name           text NOT NULL,
    received_at    timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, upload_id)
);
