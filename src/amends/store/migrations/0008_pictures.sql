-- Fingerprints of pictures, to find the same photograph again in other cases of the marketplace (media/likeness.py).
-- Derived from personal data: deleted with the file they were made from.

CREATE TABLE picture (
    marketplace_id text NOT NULL,
    upload_id      uuid NOT NULL,
    details        bytea NOT NULL CHECK (octet_length(details) BETWEEN 14 AND 40 * 14 AND octet_length(details) % 14 = 0),
    PRIMARY KEY (marketplace_id, upload_id)
);
COMMENT ON COLUMN picture.details IS '14 bytes a detail: place, size and 64 bits.';

-- One row a key of a picture. The order of the key is the search: a few hundred exact look-ups of one index, and only
-- operators that row-level security lets an index use.
CREATE TABLE picture_key (
    marketplace_id text NOT NULL,
    key            integer NOT NULL CHECK (key >= 0),
    upload_id      uuid NOT NULL,
    PRIMARY KEY (marketplace_id, key, upload_id)
);
CREATE INDEX picture_key_of_upload ON picture_key (upload_id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['picture', 'picture_key'] LOOP
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
GRANT SELECT, INSERT, DELETE ON picture, picture_key TO amends_app;
