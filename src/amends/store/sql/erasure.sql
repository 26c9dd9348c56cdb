-- name: pending
SELECT e.case_id, e.hash, e.at, e.body FROM event e
WHERE e.marketplace_id = $1 AND e.type = 'personal_data_erased'
  AND NOT EXISTS (SELECT 1 FROM erasure a WHERE a.case_id = e.case_id AND a.hash = e.hash)
ORDER BY e.at, e.case_id, e.seq LIMIT $2

-- name: done
SELECT hash FROM erasure WHERE marketplace_id = $1 AND hash = ANY ($2::bytea[])

-- name: mark
INSERT INTO erasure (case_id, hash, marketplace_id) VALUES ($2, $3, $1) ON CONFLICT (case_id, hash) DO NOTHING

-- name: lock_case
SELECT order_id, revision, key_generation FROM "case" WHERE marketplace_id = $1 AND case_id = $2 FOR UPDATE

-- name: destroy
-- A key made after the erasure was ordered seals what came later and stays. The key of the state always goes.
DELETE FROM case_key
WHERE marketplace_id = $1 AND case_id = $2 AND (subject = 'state' OR (subject = ANY ($3::text[]) AND made_at <= $4))

-- name: left
SELECT wrapped FROM case_key WHERE marketplace_id = $1 AND case_id = $2

-- name: add_key
INSERT INTO case_key (case_id, subject, marketplace_id, wrapped, made_at) VALUES ($2, $3, $1, $4, $5)

-- name: write_state
UPDATE "case" SET state = $3, key_generation = key_generation + 1 WHERE marketplace_id = $1 AND case_id = $2

-- name: order_subjects
-- Whom of the order no other case still keeps.
SELECT s.subject FROM unnest($4::text[]) AS s (subject)
WHERE NOT EXISTS (
    SELECT 1 FROM "case" c JOIN case_key k USING (case_id)
    WHERE c.marketplace_id = $1 AND c.order_id = $2 AND c.case_id <> $3 AND k.subject = s.subject)

-- name: uploads
-- Files these parties sent to the case and no other case still keeps.
SELECT DISTINCT u.upload_id, u.blob
FROM upload_use x JOIN upload u ON u.marketplace_id = x.marketplace_id AND u.upload_id = x.upload_id
WHERE x.marketplace_id = $1 AND x.case_id = $2 AND u.owner_role = ANY ($3::text[])
  AND NOT EXISTS (
    SELECT 1 FROM upload_use y JOIN case_key k ON k.case_id = y.case_id AND k.subject = u.owner_role
    WHERE y.marketplace_id = $1 AND y.upload_id = x.upload_id AND y.case_id <> $2)

-- name: destroy_data_keys
DELETE FROM data_key WHERE marketplace_id = $1 AND scope = ANY ($2::text[])

-- name: derivatives
SELECT blob FROM derivative WHERE marketplace_id = $1 AND upload_id = ANY ($2::uuid[])
