-- name: add
INSERT INTO api_key (key_id, marketplace_id, hash, role, name, created_at)
VALUES ($2, $1, $3, $4, $5, $6)
ON CONFLICT (hash) DO NOTHING

-- name: by_hash
SELECT * FROM api_key WHERE marketplace_id = $1 AND hash = $2

-- name: find
SELECT * FROM find_key($1)

-- name: revoke
UPDATE api_key SET revoked_at = $3 WHERE marketplace_id = $1 AND key_id = $2 AND revoked_at IS NULL RETURNING true

-- name: list
SELECT * FROM api_key WHERE marketplace_id = $1 ORDER BY created_at, key_id
