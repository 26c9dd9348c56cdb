-- name: save
INSERT INTO claim_draft (marketplace_id, buyer_id, order_id, body, saved_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (marketplace_id, buyer_id, order_id) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at;

-- name: tidy
DELETE FROM claim_draft WHERE marketplace_id = $1 AND saved_at < $2;

-- name: get
SELECT order_id, body, saved_at FROM claim_draft WHERE marketplace_id = $1 AND buyer_id = $2 AND order_id = $3;

-- name: of_buyer
SELECT order_id, saved_at FROM claim_draft WHERE marketplace_id = $1 AND buyer_id = $2 ORDER BY saved_at DESC LIMIT 50;

-- name: drop
DELETE FROM claim_draft WHERE marketplace_id = $1 AND buyer_id = $2 AND order_id = $3;
