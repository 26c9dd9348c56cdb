-- name: add
INSERT INTO staff_look (marketplace_id, look_id, upload_id, case_id, role, who, what, reason, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: of_case
SELECT l.* FROM staff_look l
WHERE l.marketplace_id = $1
  AND (l.case_id = $2 OR (l.case_id IS NULL AND l.upload_id = ANY($3::uuid[])))
ORDER BY l.at, l.look_id LIMIT $4
