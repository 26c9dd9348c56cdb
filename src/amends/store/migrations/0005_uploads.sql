-- Uploads by ticket: a row may be a promise first. What was promised never changes, and what has arrived never
-- changes either, but for its blob, which erasure takes away.

-- ticket_at is the instant of receipt that counts. received_at and blob are empty while bytes are awaited; blob is the
-- SHA-256 of the encrypted bytes. offset_bytes is how much of a resumable upload is safely on disk. words holds what the
-- sender calls the file, sealed with the upload's key; name is only filled in rows older than this file.
ALTER TABLE upload
    ALTER COLUMN received_at DROP NOT NULL,
    ALTER COLUMN name DROP NOT NULL,
    ADD COLUMN words bytea,
    ADD COLUMN ticket_at timestamptz,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN blob sha256,
    ADD COLUMN offset_bytes bigint NOT NULL DEFAULT 0;
ALTER TABLE upload NO FORCE ROW LEVEL SECURITY;
UPDATE upload SET ticket_at = received_at;
ALTER TABLE upload FORCE ROW LEVEL SECURITY;
ALTER TABLE upload ALTER COLUMN ticket_at SET NOT NULL;
ALTER TABLE upload
    ADD CONSTRAINT upload_offset_within CHECK (offset_bytes BETWEEN 0 AND size_bytes),
    ADD CONSTRAINT upload_awaited_expires CHECK (received_at IS NOT NULL OR expires_at IS NOT NULL),
    ADD CONSTRAINT upload_awaited_has_no_blob CHECK (received_at IS NOT NULL OR blob IS NULL);
CREATE INDEX upload_of_owner ON upload (marketplace_id, owner_role, owner_id, ticket_at);
CREATE INDEX upload_awaited ON upload (marketplace_id, expires_at) WHERE received_at IS NULL;
CREATE INDEX upload_by_blob ON upload (marketplace_id, blob) WHERE blob IS NOT NULL;

CREATE FUNCTION upload_keeps_its_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.received_at IS NOT NULL AND NEW.received_at IS DISTINCT FROM OLD.received_at)
       OR (OLD.blob IS NOT NULL AND NEW.blob IS NOT NULL AND NEW.blob <> OLD.blob)
       OR (OLD.received_at IS NOT NULL AND OLD.blob IS NULL AND NEW.blob IS NOT NULL)
       OR (OLD.received_at IS NULL AND NEW.received_at IS NOT NULL AND NEW.blob IS NULL) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'check_violation',
            TABLE = 'upload',
            CONSTRAINT = 'upload_keeps_its_word',
            MESSAGE = format('upload %s has arrived and may not change', OLD.upload_id);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER upload_keeps_its_word BEFORE UPDATE ON upload
    FOR EACH ROW EXECUTE FUNCTION upload_keeps_its_word();

CREATE FUNCTION upload_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'check_violation',
        TABLE = 'upload',
        CONSTRAINT = 'upload_stays',
        MESSAGE = format('upload %s has arrived and may not be deleted', OLD.upload_id);
END
$$;
CREATE TRIGGER upload_stays BEFORE DELETE ON upload
    FOR EACH ROW WHEN (OLD.received_at IS NOT NULL) EXECUTE FUNCTION upload_stays();

GRANT UPDATE (received_at, blob, media_type, offset_bytes), DELETE ON upload TO amends_app;

-- Whether the case that rests on a file knows that its bytes have arrived.
ALTER TABLE upload_use ADD COLUMN arrival_told_at timestamptz;
CREATE INDEX upload_use_untold ON upload_use (marketplace_id, upload_id) WHERE arrival_told_at IS NULL;
GRANT UPDATE (arrival_told_at) ON upload_use TO amends_app;
