-- Claims a buyer has begun and not sent: one for each order, sealed under the order's key of its buyer, so that erasing
-- the buyer takes it too. No history and no part of a case; what is not touched for thirty days is deleted.

CREATE TABLE claim_draft (
    marketplace_id text NOT NULL,
    buyer_id       named NOT NULL,
    order_id       named NOT NULL,
    body           bytea NOT NULL,
    saved_at       timestamptz NOT NULL,
    PRIMARY KEY (marketplace_id, buyer_id, order_id)
);
CREATE INDEX claim_draft_saved ON claim_draft (marketplace_id, saved_at);

ALTER TABLE claim_draft ENABLE ROW LEVEL SECURITY;
ALTER TABLE claim_draft FORCE ROW LEVEL SECURITY;
CREATE POLICY own_marketplace ON claim_draft
    USING (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''))
    WITH CHECK (marketplace_id IS NOT DISTINCT FROM nullif(current_setting('amends.marketplace', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON claim_draft TO amends_app;
