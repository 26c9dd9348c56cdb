-- name: add
-- A file whose bytes are already kept.
INSERT INTO upload (marketplace_id, upload_id, owner_role, owner_id, sha256, size_bytes, media_type, words, ticket_at,
                    received_at, blob, offset_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $6)
ON CONFLICT (marketplace_id, upload_id) DO NOTHING
RETURNING true

-- name: promise
-- A ticket: no bytes yet.
INSERT INTO upload (marketplace_id, upload_id, owner_role, owner_id, sha256, size_bytes, media_type, words, ticket_at,
                    expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (marketplace_id, upload_id) DO NOTHING
RETURNING true

-- name: add_key
INSERT INTO data_key (marketplace_id, scope, subject, wrapped) VALUES ($1, 'upload:' || $2::text, $3, $4)

-- name: drop_keys
DELETE FROM data_key WHERE marketplace_id = $1 AND scope = ANY ($2::text[])

-- name: arrive
-- The promised bytes are kept; nothing is returned where another request was first.
UPDATE upload SET received_at = $3, blob = $4, media_type = $5, offset_bytes = size_bytes
WHERE marketplace_id = $1 AND upload_id = $2 AND received_at IS NULL
RETURNING true

-- name: advance
UPDATE upload SET offset_bytes = $3
WHERE marketplace_id = $1 AND upload_id = $2 AND received_at IS NULL
RETURNING true

-- name: withdraw
-- A ticket that no case rests on.
DELETE FROM upload u
WHERE u.marketplace_id = $1 AND u.upload_id = $2 AND u.received_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM upload_use s WHERE s.marketplace_id = u.marketplace_id AND s.upload_id = u.upload_id)
RETURNING true

-- name: expire
-- Tickets past their time that no case rests on. Those a case rests on stay: they say what never came.
DELETE FROM upload u
WHERE u.marketplace_id = $1 AND u.received_at IS NULL AND u.expires_at <= $2
  AND NOT EXISTS (SELECT 1 FROM upload_use s WHERE s.marketplace_id = u.marketplace_id AND s.upload_id = u.upload_id)
RETURNING u.upload_id

-- name: expired
SELECT upload_id FROM upload u
WHERE u.marketplace_id = $1 AND u.received_at IS NULL AND u.expires_at <= $2
  AND NOT EXISTS (SELECT 1 FROM upload_use s WHERE s.marketplace_id = u.marketplace_id AND s.upload_id = u.upload_id)

-- name: get
SELECT u.*, k.wrapped FROM upload u
LEFT JOIN data_key k ON k.marketplace_id = u.marketplace_id AND k.scope = 'upload:' || u.upload_id
                    AND k.subject = u.owner_role
WHERE u.marketplace_id = $1 AND u.upload_id = ANY ($2::uuid[])

-- name: one_at_a_time
-- Tickets and files of one party are added one after the other, so that its quota is counted exactly.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), 'upload', $1::text, $2::text, $3::text), 0))

-- name: spent
SELECT count(*) AS files, coalesce(sum(size_bytes), 0)::bigint AS bytes FROM upload
WHERE marketplace_id = $1 AND owner_role = $2 AND owner_id = $3 AND ticket_at > $4 AND ($5::uuid IS NULL OR upload_id <> $5)

-- name: uses
SELECT case_id, evidence_id FROM upload_use WHERE marketplace_id = $1 AND upload_id = $2 ORDER BY case_id, evidence_id

-- name: unnoted
SELECT DISTINCT s.upload_id, s.case_id
FROM upload_use s JOIN upload u ON u.marketplace_id = s.marketplace_id AND u.upload_id = s.upload_id
WHERE s.marketplace_id = $1 AND s.arrival_told_at IS NULL AND u.received_at IS NOT NULL
  AND ($2::uuid IS NULL OR s.upload_id = $2)
ORDER BY s.upload_id, s.case_id
LIMIT $3

-- name: noted
UPDATE upload_use SET arrival_told_at = $4
WHERE marketplace_id = $1 AND upload_id = $2 AND case_id = $3 AND arrival_told_at IS NULL

-- name: key
SELECT wrapped FROM data_key WHERE marketplace_id = $1 AND scope = $2 AND subject = $3

-- name: forget_blobs
WITH gone AS (
    SELECT marketplace_id, upload_id, blob FROM upload
    WHERE marketplace_id = $1 AND upload_id = ANY ($2::uuid[]) AND blob IS NOT NULL FOR UPDATE)
UPDATE upload u SET blob = NULL FROM gone g
WHERE u.marketplace_id = g.marketplace_id AND u.upload_id = g.upload_id RETURNING g.blob
