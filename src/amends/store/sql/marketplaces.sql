-- name: add
INSERT INTO marketplace (id, sandbox) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING true

-- name: add_secret
INSERT INTO marketplace_secret (marketplace_id, secret) VALUES ($1, $2) ON CONFLICT (marketplace_id) DO NOTHING

-- name: make_sandbox
UPDATE marketplace SET sandbox = true WHERE id = $1 AND NOT sandbox

-- name: get
SELECT id, sandbox, clock_at FROM marketplace WHERE id = $1

-- name: has_cases
SELECT EXISTS (SELECT 1 FROM "case" WHERE marketplace_id = $1)

-- name: all_ids
SELECT id FROM marketplace ORDER BY id

-- name: secret
SELECT secret FROM marketplace_secret WHERE marketplace_id = $1

-- name: set_clock
UPDATE marketplace SET clock_at = $2 WHERE id = $1 AND sandbox AND (clock_at IS NULL OR clock_at <= $2) RETURNING true
