-- name: waiting
-- Cases on the desk that nobody holds, most urgent first.
SELECT *, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = "case".case_id AND k.subject = 'state') AS keys
FROM "case"
WHERE marketplace_id = $1 AND stage IN ('under_review', 'under_appeal')
  AND (assigned_to IS NULL OR assigned_until <= $2)
ORDER BY priority DESC, next_due_at NULLS LAST, case_id
LIMIT $3
