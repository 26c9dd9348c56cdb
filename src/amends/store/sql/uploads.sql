-- name: add
INSERT INTO upload (marketplace_id, upload_id, owner_role, owner_id, sha256, size_bytes, media_type, name, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (marketplace_id, upload_id) DO NOTHING

-- name: get
SELECT * FROM upload WHERE marketplace_id = $1 AND upload_id = $2
