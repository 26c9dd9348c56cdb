-- name: read
-- One row with all the hinge needs; see migrations/0003_write_and_read.sql.
SELECT * FROM read_case($1, $2, $3, $4, $5)

-- name: append
SELECT append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: append_apart
SELECT append_events_apart($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: get
SELECT * FROM "case" WHERE marketplace_id = $1 AND case_id = $2

-- name: list
-- {conditions} and {order} are chosen from fixed fragments in cases.py, never from input.
SELECT * FROM "case" WHERE marketplace_id = $1 {conditions} ORDER BY {order} LIMIT $2

-- name: events_of
SELECT * FROM event WHERE marketplace_id = $1 AND case_id = $2 ORDER BY seq

-- name: feed
-- Only what was written by transactions older than the oldest one still running: none can appear before it later.
SELECT *, tx::text AS tx_text FROM event
WHERE marketplace_id = $1
  AND tx < pg_snapshot_xmin(pg_current_snapshot())
  AND (tx, case_id, seq) > ($2::text::xid8, $3::uuid, $4::integer)
ORDER BY tx, case_id, seq
LIMIT $5

-- name: page_by_id
SELECT * FROM "case" WHERE marketplace_id = $1 AND case_id > $2 ORDER BY case_id LIMIT $3

-- name: events_of_many
SELECT * FROM event WHERE marketplace_id = $1 AND case_id = ANY ($2::uuid[]) ORDER BY case_id, seq
