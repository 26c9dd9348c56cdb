-- name: people
SELECT s.*, (SELECT count(*) FROM passkey p WHERE p.marketplace_id = s.marketplace_id AND p.staff_id = s.staff_id) AS passkeys,
       (SELECT max(i.expires_at) FROM staff_invitation i
        WHERE i.marketplace_id = s.marketplace_id AND i.staff_id = s.staff_id AND i.used_at IS NULL) AS invited_until
FROM staff s
WHERE s.marketplace_id = $1 AND ($2::text IS NULL OR s.staff_id = $2)
ORDER BY s.ended_at IS NOT NULL, s.name, s.staff_id

-- name: lock_working
SELECT staff_id, name, roles FROM staff WHERE marketplace_id = $1 AND staff_id = $2 AND ended_at IS NULL FOR SHARE

-- name: add
INSERT INTO staff (marketplace_id, staff_id, name, email, roles, made_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (marketplace_id, staff_id) DO NOTHING RETURNING true

-- name: change
UPDATE staff SET name = $3, email = $4, roles = $5
WHERE marketplace_id = $1 AND staff_id = $2 AND ended_at IS NULL RETURNING true

-- name: end
UPDATE staff SET ended_at = $3 WHERE marketplace_id = $1 AND staff_id = $2 AND ended_at IS NULL RETURNING true

-- name: link
UPDATE staff SET oidc_issuer = $3, oidc_subject = $4 WHERE marketplace_id = $1 AND staff_id = $2 AND ended_at IS NULL
RETURNING true

-- name: by_subject
SELECT staff_id FROM staff WHERE marketplace_id = $1 AND oidc_issuer = $2 AND oidc_subject = $3

-- name: add_invitation
INSERT INTO staff_invitation (token_hash, marketplace_id, staff_id, made_at, expires_at) VALUES ($2, $1, $3, $4, $5)

-- name: void_invitations
UPDATE staff_invitation SET used_at = $3 WHERE marketplace_id = $1 AND staff_id = $2 AND used_at IS NULL

-- name: invited
SELECT i.staff_id FROM staff_invitation i
JOIN staff s ON s.marketplace_id = i.marketplace_id AND s.staff_id = i.staff_id AND s.ended_at IS NULL
WHERE i.marketplace_id = $1 AND i.token_hash = $2 AND i.used_at IS NULL AND i.expires_at > $3

-- name: use_invitation
UPDATE staff_invitation SET used_at = $3
WHERE marketplace_id = $1 AND token_hash = $2 AND used_at IS NULL AND expires_at > $3 RETURNING staff_id

-- name: add_passkey
INSERT INTO passkey (marketplace_id, credential_id, staff_id, public_key, sign_count, label, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: passkeys_of
SELECT * FROM passkey WHERE marketplace_id = $1 AND staff_id = $2 ORDER BY made_at, credential_id

-- name: passkey
SELECT * FROM passkey WHERE marketplace_id = $1 AND credential_id = $2

-- name: used_passkey
UPDATE passkey SET sign_count = $3, used_at = $4
WHERE marketplace_id = $1 AND credential_id = $2 AND (sign_count < $3 OR sign_count = 0 AND $3 = 0) RETURNING true

-- name: remove_passkey
DELETE FROM passkey WHERE marketplace_id = $1 AND staff_id = $2 AND credential_id = $3 RETURNING true

-- name: begin
INSERT INTO portal_attempt (marketplace_id, token_hash, purpose, kept, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: forget_attempts
DELETE FROM portal_attempt WHERE marketplace_id = $1 AND expires_at <= $2

-- name: take
DELETE FROM portal_attempt WHERE marketplace_id = $1 AND token_hash = $2 AND purpose = $3 RETURNING kept, expires_at
