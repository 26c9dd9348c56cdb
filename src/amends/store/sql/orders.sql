-- name: upsert
INSERT INTO orders AS o (marketplace_id, order_id, facts, updated_at)
SELECT $1, n.order_id, n.facts, $4 FROM unnest($2::text[], $3::json[]) AS n (order_id, facts)
ON CONFLICT (marketplace_id, order_id) DO UPDATE
    SET facts = excluded.facts, revision = o.revision + 1, updated_at = excluded.updated_at
    WHERE o.facts::text <> excluded.facts::text
RETURNING order_id

-- name: get
SELECT * FROM orders WHERE marketplace_id = $1 AND order_id = $2

-- name: page
SELECT * FROM orders WHERE marketplace_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3
