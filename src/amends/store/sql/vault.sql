-- name: proof
SELECT proof FROM vault_proof

-- name: keep_proof
INSERT INTO vault_proof (proof) VALUES ($1) ON CONFLICT (only_row) DO NOTHING

-- name: keys
SELECT wrapped FROM data_key WHERE marketplace_id = $1 AND scope = $2

-- name: case_keys
SELECT wrapped FROM case_key WHERE marketplace_id = $1 AND case_id = $2::text::uuid

-- name: keys_of_many
SELECT scope, subject, wrapped FROM data_key WHERE marketplace_id = $1 AND scope = ANY ($2::text[])

-- name: add
INSERT INTO data_key (marketplace_id, scope, subject, wrapped)
SELECT $1, n.scope, n.subject, n.wrapped FROM unnest($2::text[], $3::text[], $4::bytea[]) AS n (scope, subject, wrapped)
ON CONFLICT (marketplace_id, scope, subject) DO NOTHING

-- name: destroy
DELETE FROM data_key WHERE marketplace_id = $1 AND scope = $2 AND subject = ANY ($3::text[]) RETURNING true

-- name: destroy_case_keys
DELETE FROM case_key WHERE marketplace_id = $1 AND case_id = $2::text::uuid AND subject = ANY ($3::text[])
RETURNING true
