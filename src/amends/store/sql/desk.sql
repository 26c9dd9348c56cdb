-- name: counts
-- What the rail shows. A case is on the desk while it is under review or appeal, or an adjudicator's clock runs in it.
WITH work AS (
    SELECT c.case_id, c.stage, c.assigned_to, c.assigned_until,
           (SELECT min(d.due_at) FROM deadline d WHERE d.case_id = c.case_id AND d.party = 'adjudicator' AND d.state = 'open') AS open_at
    FROM "case" c
    WHERE c.marketplace_id = $1
      AND (c.stage IN ('under_review', 'under_appeal')
           OR c.case_id IN (SELECT case_id FROM deadline
                            WHERE marketplace_id = $1 AND state = 'open' AND party = 'adjudicator')))
SELECT count(*) AS due,
       count(*) FILTER (WHERE assigned_to IS NULL OR assigned_until <= $3) AS unassigned,
       count(*) FILTER (WHERE assigned_to = $2 AND assigned_until > $3) AS mine,
       count(*) FILTER (WHERE stage = 'under_appeal') AS appeals,
       count(*) FILTER (WHERE open_at IS NULL OR open_at <= $3) AS late,
       (SELECT count(*) FROM "case" WHERE marketplace_id = $1 AND stage <> 'closed') AS all_open
FROM work

-- name: work
-- {conditions} and {order} are chosen from fixed fragments in desk.py, never from input. Where no clock of an
-- adjudicator runs any more in a case under review, the one that ran out is when it was due.
SELECT * FROM (
    SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys,
           w.kind AS desk_kind, CASE WHEN w.kind IS NULL THEN c.next_due_at ELSE w.due_at END AS desk_due_at
    FROM "case" c
    LEFT JOIN LATERAL (
        SELECT d.due_at, d.kind FROM deadline d
        WHERE d.case_id = c.case_id AND d.party = 'adjudicator'
          AND (d.state = 'open' OR (d.state = 'fired' AND c.stage IN ('under_review', 'under_appeal')))
        ORDER BY d.state = 'open' DESC, CASE WHEN d.state = 'open' THEN d.due_at END, d.due_at DESC LIMIT 1) w ON true
    WHERE c.marketplace_id = $1) AS c
WHERE true {conditions} ORDER BY {order} LIMIT $2 OFFSET $3

-- name: clocks
SELECT d.case_id, min(d.due_at) AS due_at, bool_or(c.assigned_to = $2 AND c.assigned_until > $3) AS own
FROM deadline d JOIN "case" c USING (case_id)
WHERE d.marketplace_id = $1 AND d.party = 'adjudicator' AND d.due_at <= $4
  AND (d.state = 'open' OR (d.state = 'fired' AND c.stage IN ('under_review', 'under_appeal')
       AND NOT EXISTS (SELECT 1 FROM deadline o WHERE o.case_id = d.case_id AND o.party = 'adjudicator' AND o.state = 'open')))
GROUP BY d.case_id ORDER BY 2 LIMIT 500

-- name: version
-- Changes whenever anything on the desk does.
SELECT concat_ws('.', count(*), coalesce(sum(c.revision), 0)) FROM "case" c
WHERE c.marketplace_id = $1 AND c.stage IN ('under_review', 'under_appeal')

-- name: save_work
INSERT INTO desk_work (marketplace_id, case_id, staff_id, staff_name, state, body, findings_saved, saved_at, files_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (case_id, staff_id) DO UPDATE SET
    version = desk_work.version + 1, staff_name = excluded.staff_name, state = excluded.state, body = excluded.body,
    findings_saved = desk_work.findings_saved OR excluded.findings_saved, saved_at = excluded.saved_at,
    files_at = excluded.files_at, claimed_at = NULL, refusal = NULL
WHERE desk_work.state NOT IN ('staged', 'filing')
RETURNING true

-- name: work_of
SELECT w.*, c.key_generation, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = w.case_id) AS keys
FROM desk_work w JOIN "case" c ON c.case_id = w.case_id
WHERE w.marketplace_id = $1 AND w.case_id = $2 AND w.staff_id = $3

-- name: waiting_of
SELECT w.case_id, w.state, w.files_at FROM desk_work w
WHERE w.marketplace_id = $1 AND w.staff_id = $2 AND w.state IN ('staged', 'filing', 'refused')
ORDER BY w.files_at NULLS FIRST LIMIT 20

-- name: undo
UPDATE desk_work SET state = 'kept', files_at = NULL
WHERE marketplace_id = $1 AND case_id = $2 AND staff_id = $3 AND state = 'staged'
RETURNING true

-- name: claim_staged
-- A worker that died while filing left its claim; another takes it up, and the command's key lets it act but once.
UPDATE desk_work w SET state = 'filing', claimed_at = $2
FROM (SELECT case_id, staff_id FROM desk_work
      WHERE marketplace_id = $1 AND files_at <= $2
        AND (state = 'staged' OR (state = 'filing' AND claimed_at <= $2 - interval '30 s'))
      ORDER BY files_at LIMIT $3 FOR UPDATE SKIP LOCKED) due,
     "case" c
WHERE w.case_id = due.case_id AND w.staff_id = due.staff_id AND c.case_id = w.case_id
RETURNING w.*, c.key_generation, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = w.case_id) AS keys

-- name: settle
UPDATE desk_work SET state = $5, refusal = $6, files_at = NULL, claimed_at = NULL
WHERE marketplace_id = $1 AND case_id = $2 AND staff_id = $3 AND version = $4 AND state = 'filing'

-- name: drop_work
DELETE FROM desk_work WHERE marketplace_id = $1 AND case_id = $2 AND staff_id = $3 AND state NOT IN ('staged', 'filing')

-- name: look_in
INSERT INTO desk_presence (marketplace_id, case_id, staff_id, staff_name, seen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (case_id, staff_id) DO UPDATE SET seen_at = excluded.seen_at, staff_name = excluded.staff_name

-- name: look_away
DELETE FROM desk_presence WHERE marketplace_id = $1 AND (seen_at < $2 OR (staff_id = $3 AND case_id <> $4))

-- name: present
SELECT staff_id, staff_name, seen_at FROM desk_presence
WHERE marketplace_id = $1 AND case_id = $2 AND seen_at >= $3 ORDER BY seen_at DESC

-- name: settings
SELECT queue, findings_first FROM desk_setting WHERE marketplace_id = $1

-- name: set
INSERT INTO desk_setting (marketplace_id, queue, findings_first, set_by, set_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (marketplace_id, queue) DO UPDATE SET
    findings_first = excluded.findings_first, set_by = excluded.set_by, set_at = excluded.set_at

-- name: similar
-- Cases decided on the same reason under the same pack, newest first.
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys
FROM "case" c
WHERE c.marketplace_id = $1 AND c.reason = $2 AND c.pack = $3 AND c.currency = $4 AND c.case_id <> $5
  AND c.stage IN ('decided', 'under_appeal', 'closed') AND c.paid BETWEEN $6 AND $7
ORDER BY c.updated_at DESC LIMIT $8
