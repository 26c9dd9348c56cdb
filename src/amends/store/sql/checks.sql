-- name: claim
-- The times are the database's own: a check knows no sandbox clock. A lease that ran out is claimed again. The search
-- is materialized: as a plain subquery the planner may run it once for each row it joins, and lock more than asked for.
WITH due AS MATERIALIZED (
    SELECT upload_id FROM upload_check
    WHERE marketplace_id = $1 AND state IN ('received', 'scanning') AND not_before <= clock_timestamp()
      AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    ORDER BY not_before, upload_id LIMIT $2
    FOR UPDATE SKIP LOCKED)
UPDATE upload_check c SET
    state = 'scanning', attempts = c.attempts + 1, failures = c.failures + 1,
    leased_until = clock_timestamp() + $3::interval
FROM due WHERE c.marketplace_id = $1 AND c.upload_id = due.upload_id
RETURNING c.upload_id, c.attempts, c.failures

-- name: settle
UPDATE upload_check SET
    state = $4, why = $5, says = $6, infected = $7, sha256 = $8, pages = $9, facts = $10,
    leased_until = NULL, checked_at = clock_timestamp()
WHERE marketplace_id = $1 AND upload_id = $2 AND state = 'scanning' AND attempts = $3
RETURNING true

-- name: put_back
UPDATE upload_check SET
    state = 'received', leased_until = NULL, failures = failures - CASE WHEN $4 THEN 1 ELSE 0 END,
    not_before = clock_timestamp() + $5::interval
WHERE marketplace_id = $1 AND upload_id = $2 AND state = 'scanning' AND attempts = $3
RETURNING true

-- name: damaged
UPDATE upload_check SET state = 'unscannable', why = 'damaged', checked_at = clock_timestamp(), leased_until = NULL
WHERE marketplace_id = $1 AND upload_id = $2 AND state IN ('received', 'scanning', 'clean')
RETURNING true

-- name: tell_again
UPDATE file_note SET told = NULL, round = round + 1, attempts = 0, not_before = clock_timestamp()
WHERE marketplace_id = $1 AND upload_id = $2

-- name: states
SELECT upload_id, state, why, says, infected, checked_at, sha256, pages, facts FROM upload_check
WHERE marketplace_id = $1 AND upload_id = ANY($2::uuid[])

-- name: waiting
SELECT count(*) FROM upload_check WHERE marketplace_id = $1 AND state IN ('received', 'scanning')

-- name: unsettled
SELECT n.upload_id, n.case_id, n.round, c.state, c.why
FROM file_note n JOIN upload_check c USING (marketplace_id, upload_id)
WHERE n.marketplace_id = $1 AND n.told IS NULL AND n.not_before <= clock_timestamp()
  AND c.state IN ('clean', 'refused', 'unscannable')
ORDER BY n.not_before, n.upload_id, n.case_id LIMIT $2

-- name: told
-- Only what was told is settled: if the case got the file once more meanwhile, it is told once more.
UPDATE file_note SET told = $5
WHERE marketplace_id = $1 AND upload_id = $2 AND case_id = $3 AND round = $4 AND told IS NULL

-- name: tell_later
UPDATE file_note SET attempts = attempts + 1,
    not_before = clock_timestamp() + least(interval '10 minutes', interval '1 s' * power(2, least(attempts, 20)))
WHERE marketplace_id = $1 AND upload_id = $2 AND case_id = $3 AND told IS NULL

-- name: forget_facts
UPDATE upload_check SET facts = NULL WHERE marketplace_id = $1 AND upload_id = ANY($2::uuid[])

-- name: forget_copies
DELETE FROM redacted_copy WHERE marketplace_id = $1 AND upload_id = ANY($2::uuid[])

-- name: forget_derivatives
DELETE FROM derivative WHERE marketplace_id = $1 AND upload_id = ANY($2::uuid[]) RETURNING blob
