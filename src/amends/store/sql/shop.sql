-- name: counts
-- One row: how many of a shop's cases stand under each tab. The own clock of a case is the soonest that the shop answers.
SELECT count(*) AS every,
       count(*) FILTER (WHERE own) AS answer,
       count(*) FILTER (WHERE NOT own AND NOT decided AND stage NOT IN ('closed', 'withdrawn')) AS waiting,
       count(*) FILTER (WHERE decided) AS decided,
       count(*) FILTER (WHERE appealable) AS appeal
FROM (
    SELECT c.stage,
           EXISTS (SELECT FROM deadline d WHERE d.case_id = c.case_id AND d.state = 'open' AND d.party = 'seller'
                   AND d.kind = ANY ($3::text[])) AS own,
           EXISTS (SELECT FROM deadline d WHERE d.case_id = c.case_id AND d.state = 'open' AND d.party = 'seller'
                   AND d.kind = ANY ($4::text[]) AND d.due_at > $5) AS appealable,
           EXISTS (SELECT FROM event e WHERE e.case_id = c.case_id AND e.type = 'decided') AS decided
    FROM "case" c WHERE c.marketplace_id = $1 AND c.seller_id = $2) AS shop

-- name: list
-- {conditions} are chosen from fixed fragments in shop.py, never from input.
SELECT * FROM (
    SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys,
           own.due_at AS own_due_at, own.kind AS own_kind,
           (SELECT min(d.due_at) FROM deadline d WHERE d.case_id = c.case_id AND d.state = 'open'
                AND d.kind <> 'retention') AS any_due_at,
           EXISTS (SELECT FROM event e WHERE e.case_id = c.case_id AND e.type = 'decided') AS decided
    FROM "case" c
    LEFT JOIN LATERAL (
        SELECT d.due_at, d.kind FROM deadline d
        WHERE d.case_id = c.case_id AND d.state = 'open' AND d.party = 'seller' AND d.kind = ANY ($3::text[])
        ORDER BY d.due_at LIMIT 1) own ON true
    WHERE c.marketplace_id = $1 AND c.seller_id = $2) AS c
WHERE true {conditions}
ORDER BY coalesce(own_due_at, any_due_at) NULLS LAST, updated_at DESC, case_id
LIMIT $4 OFFSET $5

-- name: clocks
SELECT d.case_id, min(d.due_at) AS due_at
FROM deadline d JOIN "case" c ON c.case_id = d.case_id
WHERE c.marketplace_id = $1 AND c.seller_id = $2 AND d.state = 'open' AND d.party = 'seller'
  AND d.kind = ANY ($3::text[]) AND d.due_at <= $4
GROUP BY d.case_id ORDER BY 2 LIMIT 500

-- name: drafted
SELECT case_id, bool_or(file_at_deadline) AS files_itself FROM draft
WHERE marketplace_id = $1 AND role = 'seller' AND author_id = $2 AND case_id = ANY ($3::uuid[]) AND state = 'kept'
GROUP BY case_id

-- name: newest
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys
FROM "case" c WHERE c.marketplace_id = $1 AND c.seller_id = $2 ORDER BY c.opened_at DESC LIMIT $3

-- name: performance
-- Clocks of the shop that ended since $3, what was decided, and what it cost; a silence counts as a miss only where
-- nothing was handed in.
WITH mine AS (
    SELECT c.case_id, c.reason, c.refunded, c.currency, c.opened_at FROM "case" c
    WHERE c.marketplace_id = $1 AND c.seller_id = $2 AND c.opened_at >= $3)
SELECT (SELECT count(*) FROM mine) AS cases,
       (SELECT count(*) FROM mine JOIN deadline d USING (case_id)
        WHERE d.party = 'seller' AND d.kind = 'seller_answer' AND d.state IN ('fired', 'ended')) AS answers,
       (SELECT count(*) FROM mine JOIN deadline d USING (case_id)
        WHERE d.party = 'seller' AND d.kind = 'seller_answer' AND d.state = 'ended') AS in_time,
       (SELECT count(*) FROM mine WHERE {missed}) AS missed,
       (SELECT count(*) FROM mine WHERE {decided}) AS decided,
       (SELECT count(*) FROM mine WHERE {lost}) AS lost,
       (SELECT count(*) FROM mine WHERE {appealed}) AS appealed,
       (SELECT count(*) FROM mine WHERE {overturned}) AS overturned,
       (SELECT count(*) FROM mine WHERE refunded > 0) AS refunded

-- name: reasons
SELECT reason, count(*) AS cases, count(*) FILTER (WHERE refunded > 0) AS refunded,
       count(*) FILTER (WHERE {lost}) AS lost
FROM "case" c WHERE marketplace_id = $1 AND seller_id = $2 AND opened_at >= $3 AND reason IS NOT NULL
GROUP BY reason ORDER BY count(*) DESC, reason

-- name: cost
-- What buyers got back, and what of it the shop carried: paid out of its payout, and moved to or from it by recourse.
SELECT p.currency,
       coalesce(sum(p.amount) FILTER (WHERE p.account LIKE 'buyer:%:refunded'), 0) AS refunded,
       coalesce(-sum(p.amount) FILTER (WHERE p.account IN ('seller:' || $2 || ':payout', 'seller:' || $2 || ':recourse')), 0) AS carried
FROM posting p JOIN "case" c ON c.case_id = p.case_id
WHERE c.marketplace_id = $1 AND c.seller_id = $2 AND c.opened_at >= $3
GROUP BY p.currency ORDER BY p.currency
