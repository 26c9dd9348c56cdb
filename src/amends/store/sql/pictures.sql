-- name: add
-- A file that was erased meanwhile has no key any more, and gets no fingerprints either.
WITH kept AS (
    INSERT INTO picture (marketplace_id, upload_id, details)
    SELECT $1, $2, $3
    WHERE EXISTS (SELECT FROM data_key WHERE marketplace_id = $1 AND scope = 'upload:' || $2::uuid)
    ON CONFLICT (marketplace_id, upload_id) DO NOTHING
    RETURNING upload_id)
INSERT INTO picture_key (marketplace_id, key, upload_id)
SELECT $1, key, kept.upload_id FROM kept CROSS JOIN unnest($4::integer[]) AS key

-- name: of_uploads
SELECT upload_id, details FROM picture WHERE marketplace_id = $1 AND upload_id = ANY ($2::uuid[])

-- name: near
-- Pictures sharing the most keys with one of the eight ways the sought one can lie. A key that very many pictures have
-- says little: only so many of its rows are read.
SELECT found.upload_id, found.way, p.details
FROM (
    SELECT k.upload_id, s.way, count(*) AS agreeing
    FROM unnest($2::integer[], $3::integer[]) AS s (way, key)
    CROSS JOIN LATERAL (
        SELECT upload_id FROM picture_key WHERE marketplace_id = $1 AND key = s.key LIMIT 100) k
    GROUP BY k.upload_id, s.way
    ORDER BY agreeing DESC, k.upload_id, s.way
    LIMIT $4) found
CROSS JOIN LATERAL (SELECT * FROM picture WHERE marketplace_id = $1 AND upload_id = found.upload_id) p

-- name: forget_keys
DELETE FROM picture_key WHERE marketplace_id = $1 AND upload_id = ANY ($2::uuid[])

-- name: forget
DELETE FROM picture WHERE marketplace_id = $1 AND upload_id = ANY ($2::uuid[])
