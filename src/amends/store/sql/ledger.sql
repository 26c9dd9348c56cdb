-- name: entries
SELECT * FROM posting
WHERE marketplace_id = $1
  AND ($2::text IS NULL OR account = $2) AND ($3::uuid IS NULL OR case_id = $3)
  AND (at, case_id, journal_id, ordinal) > ($4, $5::uuid, $6, $7)
ORDER BY at, case_id, journal_id, ordinal
LIMIT $8

-- name: balances
SELECT account, currency, sum(amount) AS amount FROM posting
WHERE marketplace_id = $1 AND ($2::text IS NULL OR account = $2)
GROUP BY account, currency ORDER BY account, currency

-- name: unbalanced
SELECT case_id, journal_id, currency, sum(amount) AS amount FROM posting
WHERE marketplace_id = $1
GROUP BY case_id, journal_id, currency HAVING sum(amount) <> 0
ORDER BY case_id, journal_id, currency
