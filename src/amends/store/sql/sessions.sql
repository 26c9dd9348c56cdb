-- name: open
INSERT INTO portal_session (token_hash, marketplace_id, role, person_id, person_name, roles, opened_by, csrf,
                            opened_at, seen_at, expires_at, stepped_up_at, agent)
VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12)

-- name: find
SELECT * FROM find_session($1)

-- name: seen
UPDATE portal_session SET seen_at = $3 WHERE marketplace_id = $1 AND token_hash = $2 AND seen_at < $3

-- name: step_up
UPDATE portal_session SET stepped_up_at = $3 WHERE marketplace_id = $1 AND token_hash = $2

-- name: take_role
UPDATE portal_session SET role = $3 WHERE marketplace_id = $1 AND token_hash = $2 AND $3 = ANY (roles)
RETURNING true

-- name: end
UPDATE portal_session SET ended_at = $3 WHERE marketplace_id = $1 AND token_hash = $2 AND ended_at IS NULL

-- name: end_all
UPDATE portal_session SET ended_at = $4
WHERE marketplace_id = $1 AND person_id = $3 AND ended_at IS NULL AND (roles && $2::text[])

-- name: use_link
INSERT INTO used_link (marketplace_id, link_hash, used_at) VALUES ($1, $2, $3)
ON CONFLICT (marketplace_id, link_hash) DO NOTHING RETURNING true

-- name: preferences
SELECT chosen FROM preference WHERE marketplace_id = $1 AND role = $2 AND person_id = $3

-- name: prefer
INSERT INTO preference (marketplace_id, role, person_id, chosen) VALUES ($1, $2, $3, $4)
ON CONFLICT (marketplace_id, role, person_id) DO UPDATE SET chosen = excluded.chosen

-- name: list_own
SELECT * FROM portal_session
WHERE marketplace_id = $1 AND person_id = $3 AND ended_at IS NULL AND (roles && $2::text[])
  AND expires_at > $4 AND seen_at > $5
ORDER BY seen_at DESC, token_hash

-- name: link_used
SELECT true FROM used_link WHERE marketplace_id = $1 AND link_hash = $2

-- name: forget_links
DELETE FROM used_link WHERE marketplace_id = $1 AND used_at < $2
