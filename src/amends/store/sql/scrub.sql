-- name: stored
-- Every blob of the next uploads: the original first, then what was made of it.
SELECT p.upload_id, p.size_bytes, p.original, p.path FROM (
    SELECT u.upload_id FROM upload u
    WHERE u.marketplace_id = $1 AND u.blob IS NOT NULL AND u.upload_id > $2::uuid ORDER BY u.upload_id LIMIT $3) n
CROSS JOIN LATERAL (
    SELECT u.upload_id, u.size_bytes, true AS original,
           u.marketplace_id || '/blobs/' || left(encode(u.blob, 'hex'), 2) || '/' || encode(u.blob, 'hex') AS path
    FROM upload u WHERE u.marketplace_id = $1 AND u.upload_id = n.upload_id
    UNION ALL
    SELECT d.upload_id, d.size_bytes, false, d.blob
    FROM derivative d WHERE d.marketplace_id = $1 AND d.upload_id = n.upload_id) p
ORDER BY p.upload_id, p.original DESC, p.path

-- name: unused
-- Files handed in to no case, the longest waiting first.
SELECT u.upload_id, u.blob FROM upload u
WHERE u.marketplace_id = $1 AND u.blob IS NOT NULL AND u.received_at <= $2
  AND NOT EXISTS (SELECT 1 FROM upload_use s WHERE s.marketplace_id = u.marketplace_id AND s.upload_id = u.upload_id)
ORDER BY u.received_at LIMIT $3

-- name: drop_keys
DELETE FROM data_key WHERE marketplace_id = $1 AND scope = ANY ($2::text[])

-- name: named
SELECT w.path FROM unnest($2::text[]) AS w (path)
WHERE EXISTS (SELECT 1 FROM upload u WHERE u.marketplace_id = $1
              AND u.blob = decode(substring(w.path FROM '[0-9a-f]{64}$'), 'hex'))
   OR EXISTS (SELECT 1 FROM derivative d WHERE d.marketplace_id = $1 AND d.blob = w.path)
