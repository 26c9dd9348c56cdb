-- name: begin
INSERT INTO log_state (origin, public_key) VALUES ($1, $2) ON CONFLICT (only_one) DO NOTHING

-- name: state
SELECT origin, public_key, size, root, frontier, sequenced_to::text AS sequenced_to, published_size, published,
       published_at
FROM log_state

-- name: hold
-- One sequencer at a time; the lock goes with the transaction.
SELECT pg_try_advisory_xact_lock(7163384699739271763)

-- name: horizon
-- Everything written by transactions older than `below` has been decided. Rows of a database restored into a younger
-- server may carry numbers from `above` on: no transaction of ours can have written them, so they are decided too.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS below, pg_snapshot_xmax(pg_current_snapshot())::text AS above

-- name: within
SELECT set_config('amends.marketplace', $1, true)

-- name: waiting
-- Events without a leaf that nothing can precede any more, in the order of the feed.
SELECT e.tx::text AS tx, e.case_id, e.seq, e.hash
FROM event e
WHERE e.marketplace_id = $1
  AND (e.tx >= $2::text::xid8 AND e.tx < $3::text::xid8 OR e.tx >= $4::text::xid8)
  AND NOT EXISTS (SELECT FROM log_leaf l WHERE l.case_id = e.case_id AND l.seq = e.seq)
ORDER BY e.tx, e.case_id, e.seq
LIMIT $5

-- name: add_leaves
INSERT INTO log_leaf (marketplace_id, case_id, seq, leaf_index, entry)
SELECT $1, l.case_id, l.seq, l.leaf_index, l.entry
FROM unnest($2::uuid[], $3::integer[], $4::bigint[], $5::bytea[]) AS l (case_id, seq, leaf_index, entry)

-- name: grow
UPDATE log_state SET size = $2, root = $3, frontier = $4, sequenced_to = $5::text::xid8
WHERE size = $1
RETURNING true

-- name: publish
UPDATE log_state SET published = $1, published_size = $2, published_at = now()
WHERE published_size IS NULL OR published_size <= $2
RETURNING true

-- name: leaf
SELECT leaf_index, entry FROM log_leaf WHERE marketplace_id = $1 AND case_id = $2 AND seq = $3

-- name: leaves_of_case
SELECT seq, leaf_index, entry FROM log_leaf WHERE marketplace_id = $1 AND case_id = $2 ORDER BY seq

-- name: leaves_of_cases
SELECT case_id, seq, leaf_index, entry FROM log_leaf
WHERE marketplace_id = $1 AND case_id = ANY ($2::uuid[]) ORDER BY case_id, seq

-- name: leaves_by_place
SELECT case_id, seq, leaf_index, entry FROM log_leaf
WHERE marketplace_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index

-- name: count_waiting
SELECT count(*) FROM event e
WHERE e.marketplace_id = $1
  AND NOT EXISTS (SELECT FROM log_leaf l WHERE l.case_id = e.case_id AND l.seq = e.seq)

-- name: witnessed
SELECT vkey, size FROM log_witness

-- name: note_witness
INSERT INTO log_witness (vkey, size) VALUES ($1, $2)
ON CONFLICT (vkey) DO UPDATE SET size = excluded.size, seen_at = now()

-- name: chain
-- Events just as they are stored, to be hashed again; `due`: such an event must have its leaf by now.
SELECT case_id, seq, body, hash, prev_hash, tx < $4::text::xid8 AS due FROM event
WHERE marketplace_id = $1 AND (case_id, seq) > ($2::uuid, $3::integer) ORDER BY case_id, seq LIMIT 2000
