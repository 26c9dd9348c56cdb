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

-- name: lines
SELECT * FROM posting
WHERE marketplace_id = $1 AND at < $2
  AND ($3::text IS NULL OR account = $3) AND ($4::uuid IS NULL OR case_id = $4)
  AND ($5::text IS NULL OR split_part(account, ':', 1) = $5) AND ($6::text IS NULL OR purpose = $6)
  AND (at, case_id, journal_id, ordinal) > ($7, $8::uuid, $9, $10)
ORDER BY at, case_id, journal_id, ordinal
LIMIT $11

-- name: forward
-- What the same postings came to before those lines.
SELECT currency, sum(amount)::bigint AS amount FROM posting
WHERE marketplace_id = $1 AND at < $2
  AND ($3::text IS NULL OR account = $3) AND ($4::uuid IS NULL OR case_id = $4)
  AND ($5::text IS NULL OR split_part(account, ':', 1) = $5) AND ($6::text IS NULL OR purpose = $6)
  AND (at, case_id, journal_id, ordinal) <= ($7, $8::uuid, $9, $10)
GROUP BY currency
