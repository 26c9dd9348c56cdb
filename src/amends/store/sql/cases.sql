-- name: read
-- One row with all the hinge needs; see migrations/0003_write_and_read.sql.
SELECT * FROM read_case($1, $2, $3, $4, $5)

-- name: append
SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: append_apart
SELECT append_events_apart($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: get
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys
FROM "case" c WHERE c.marketplace_id = $1 AND c.case_id = $2

-- name: list
-- {conditions} and {order} are chosen from fixed fragments in cases.py, never from input.
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys
FROM "case" c WHERE c.marketplace_id = $1 {conditions} ORDER BY {order} LIMIT $2

-- name: events_of
SELECT *, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = $2) AS keys
FROM event WHERE marketplace_id = $1 AND case_id = $2 ORDER BY seq

-- name: feed
-- Only what was written by transactions older than the oldest one still running: none can appear before it later.
SELECT *, tx::text AS tx_text, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = event.case_id) AS keys
FROM event
WHERE marketplace_id = $1
  AND tx < pg_snapshot_xmin(pg_current_snapshot())
  AND (tx, case_id, seq) > ($2::text::xid8, $3::uuid, $4::integer)
ORDER BY tx, case_id, seq
LIMIT $5

-- name: page_by_id
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys
FROM "case" c WHERE c.marketplace_id = $1 AND c.case_id > $2 ORDER BY c.case_id LIMIT $3

-- name: events_of_many
SELECT *, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = event.case_id) AS keys
FROM event WHERE marketplace_id = $1 AND case_id = ANY ($2::uuid[]) ORDER BY case_id, seq
