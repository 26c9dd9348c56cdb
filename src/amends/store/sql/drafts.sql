-- name: lock_case
-- A sweep that files drafts holds this lock too: what is saved or deleted comes before it or after it, whole.
SELECT c.key_generation, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id) AS keys,
       EXISTS (SELECT FROM erasure e WHERE e.case_id = c.case_id) AS erased
FROM "case" c WHERE c.marketplace_id = $1 AND c.case_id = $2 FOR UPDATE

-- name: add_key
INSERT INTO case_key (case_id, subject, marketplace_id, wrapped, made_at) VALUES ($2, $3, $1, $4, $5)

-- name: keys_changed
-- A command that read the case before its new key must read again.
UPDATE "case" SET key_generation = key_generation + 1 WHERE marketplace_id = $1 AND case_id = $2

-- name: save
INSERT INTO draft (marketplace_id, case_id, role, author_id, command, body, file_at_deadline, deadline_id, given, saved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (case_id, role, author_id, command) DO UPDATE SET
    version = draft.version + 1, body = excluded.body, file_at_deadline = excluded.file_at_deadline,
    deadline_id = excluded.deadline_id, given = excluded.given, saved_at = excluded.saved_at,
    state = 'kept', settled_at = NULL, refusal = NULL

-- name: of_author
SELECT d.*, c.key_generation, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = d.case_id) AS keys
FROM draft d JOIN "case" c ON c.case_id = d.case_id
WHERE d.marketplace_id = $1 AND d.case_id = $2 AND d.role = $3 AND d.author_id = $4
  AND ($5::text IS NULL OR d.command = $5)
ORDER BY d.saved_at, d.command

-- name: withdraw
DELETE FROM draft WHERE marketplace_id = $1 AND case_id = $2 AND role = $3 AND author_id = $4 AND command = $5
RETURNING true

-- name: settle
UPDATE draft SET state = $6, settled_at = $7, refusal = $8
WHERE marketplace_id = $1 AND case_id = $2 AND role = $3 AND author_id = $4 AND command = $5 AND state = 'kept'

-- name: forget
DELETE FROM draft WHERE marketplace_id = $1 AND case_id = $2 AND role = ANY ($3::text[])
