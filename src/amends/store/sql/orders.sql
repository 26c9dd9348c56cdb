-- name: upsert
INSERT INTO orders AS o (marketplace_id, order_id, facts, updated_at, persons)
SELECT $1, n.order_id, n.facts, $4, n.persons
FROM unnest($2::text[], $3::json[], $5::bytea[]) AS n (order_id, facts, persons)
ON CONFLICT (marketplace_id, order_id) DO UPDATE
    SET facts = excluded.facts, persons = excluded.persons, revision = o.revision + 1,
        updated_at = excluded.updated_at
    WHERE o.facts::text <> excluded.facts::text
RETURNING order_id

-- name: get
SELECT *, ARRAY(SELECT k.wrapped FROM data_key k WHERE k.marketplace_id = $1 AND k.scope = 'order:' || $2) AS keys
FROM orders WHERE marketplace_id = $1 AND order_id = $2

-- name: page
SELECT *, ARRAY(SELECT k.wrapped FROM data_key k
                WHERE k.marketplace_id = $1 AND k.scope = 'order:' || orders.order_id) AS keys
FROM orders WHERE marketplace_id = $1 AND order_id > $2 ORDER BY order_id LIMIT $3
