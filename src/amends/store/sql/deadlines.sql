-- name: lock_due
-- Locks the cases, not the deadlines: commands take their case first too, so nobody waits in a circle. It returns
-- ids only; what the rows say is read by the next statement, which sees what was committed before the lock.
SELECT d.case_id
FROM deadline d JOIN "case" c USING (case_id)
WHERE d.marketplace_id = $1 AND d.state = 'open' AND d.due_at <= $2
  AND (d.not_before IS NULL OR d.not_before <= $2)
ORDER BY d.due_at, d.case_id, d.deadline_id
LIMIT $3
FOR UPDATE OF c SKIP LOCKED

-- name: due_of_locked
-- The earliest of each case, not the one the lock was found by: while a command holds a case for part of that
-- search, the search can pass over one of its deadlines and find the next. OFFSET 0 keeps the planner at one
-- look-up by primary key for each case; it would rather read everything due.
SELECT d.case_id, d.deadline_id, d.kind, d.party, d.due_at, d.attempts,
       c.revision, c.state, c.last_hash, c.last_at, c.key_generation,
       ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = d.case_id) AS keys,
       (SELECT json_agg(json_build_object(
                   'role', f.role, 'author_id', f.author_id, 'command', f.command, 'body', encode(f.body, 'hex'),
                   'deadline_id', f.deadline_id, 'given', f.given, 'saved_at', f.saved_at)
               ORDER BY f.saved_at, f.role, f.command)
        FROM draft f WHERE f.case_id = d.case_id AND f.file_at_deadline AND f.state = 'kept'
                       AND f.deadline_id IS NOT NULL) AS drafts,
       (SELECT json_object_agg(s.upload_id, u.received_at)
        FROM upload_use s JOIN upload u ON u.marketplace_id = s.marketplace_id AND u.upload_id = s.upload_id
        WHERE s.case_id = d.case_id AND s.arrival_told_at IS NULL AND u.received_at IS NOT NULL) AS arrived
FROM (SELECT DISTINCT unnest($3::uuid[]) AS case_id) AS locked
CROSS JOIN LATERAL (
    SELECT * FROM (SELECT * FROM deadline WHERE case_id = locked.case_id OFFSET 0) e
    WHERE e.marketplace_id = $1 AND e.state = 'open' AND e.due_at <= $2
      AND (e.not_before IS NULL OR e.not_before <= $2)
    ORDER BY e.due_at, e.deadline_id LIMIT 1) d
CROSS JOIN LATERAL (SELECT * FROM "case" f WHERE f.case_id = locked.case_id OFFSET 0) c
ORDER BY d.due_at, d.case_id

-- name: set_aside
UPDATE deadline SET
    attempts = attempts + 1,
    last_error = $4,
    not_before = $5::timestamptz + least(interval '1 hour', interval '1 s' * power(2, attempts)),
    state = CASE WHEN attempts + 1 >= $6 THEN 'set_aside' ELSE 'open' END
WHERE marketplace_id = $1 AND case_id = $2 AND deadline_id = $3 AND state = 'open'
RETURNING state

-- name: release
UPDATE deadline SET state = 'open', attempts = 0, last_error = NULL, not_before = NULL
WHERE marketplace_id = $1 AND case_id = $2 AND deadline_id = $3 AND (state = 'set_aside' OR (state = 'open' AND attempts > 0))
RETURNING true

-- name: earliest_due
SELECT least(
    (SELECT due_at FROM deadline WHERE marketplace_id = $1 AND state = 'open' AND attempts = 0
     ORDER BY due_at LIMIT 1),
    (SELECT min(greatest(due_at, not_before)) FROM deadline
     WHERE marketplace_id = $1 AND state = 'open' AND attempts > 0))

-- name: overdue
SELECT count(*) FROM deadline WHERE marketplace_id = $1 AND state = 'open' AND due_at <= $2

-- name: troubled
SELECT * FROM deadline WHERE marketplace_id = $1 AND attempts > 0
ORDER BY (state = 'set_aside') DESC, due_at, case_id, deadline_id LIMIT $2

-- name: of_case
SELECT * FROM deadline WHERE marketplace_id = $1 AND case_id = $2 ORDER BY due_at, deadline_id
