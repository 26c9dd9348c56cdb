-- name: add
INSERT INTO derivative (marketplace_id, upload_id, areas, variant, page, width, height, media_type, size_bytes, blob)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (marketplace_id, upload_id, areas, variant, page) DO NOTHING

-- name: of_upload
SELECT * FROM derivative WHERE marketplace_id = $1 AND upload_id = $2 AND areas = $3 ORDER BY page, variant

-- name: one
SELECT * FROM derivative WHERE marketplace_id = $1 AND upload_id = $2 AND areas = $3 AND variant = $4 AND page = $5

-- name: want
INSERT INTO redacted_copy (marketplace_id, upload_id, areas, drawing) VALUES ($1, $2, $3, $4)
ON CONFLICT (marketplace_id, upload_id, areas) DO NOTHING

-- name: copy_state
SELECT state FROM redacted_copy WHERE marketplace_id = $1 AND upload_id = $2 AND areas = $3

-- name: claim_copies
-- A try that dies is tried again later, each time after a longer rest.
WITH due AS MATERIALIZED (
    SELECT w.upload_id, w.areas FROM redacted_copy w JOIN upload_check c USING (marketplace_id, upload_id)
    WHERE w.marketplace_id = $1 AND w.state = 'wanted' AND w.not_before <= clock_timestamp() AND c.state = 'clean'
    ORDER BY w.not_before LIMIT $2
    FOR UPDATE OF w SKIP LOCKED)
UPDATE redacted_copy r SET attempts = r.attempts + 1,
    not_before = clock_timestamp() + $3::interval * power(2, least(r.attempts, 8))
FROM due WHERE r.marketplace_id = $1 AND r.upload_id = due.upload_id AND r.areas = due.areas
RETURNING r.upload_id, r.areas, r.drawing, r.attempts

-- name: settle_copy
UPDATE redacted_copy SET state = $4 WHERE marketplace_id = $1 AND upload_id = $2 AND areas = $3 AND state = 'wanted'
