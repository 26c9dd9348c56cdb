-- name: headline
-- Everything is counted when it is asked for; nothing is estimated. $2 and $3 bound the period, $4 is the present.
SELECT
    (SELECT count(*) FROM "case" WHERE marketplace_id = $1 AND stage <> 'closed') AS open,
    (SELECT count(*) FROM ({late}) AS l) AS late,
    (SELECT count(*) FROM "case" WHERE marketplace_id = $1 AND opened_at >= $2 AND opened_at < $3) AS opened,
    (SELECT count(*) FROM ({closed}) AS x) AS closed,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.at - c.opened_at))
     FROM event e JOIN "case" c USING (case_id)
     WHERE e.marketplace_id = $1 AND e.type = 'case_closed' AND e.at >= $2 AND e.at < $3)::float8 AS median_seconds,
    (SELECT count(*) FROM event
     WHERE marketplace_id = $1 AND type = 'decided' AND at >= $2 AND at < $3) AS decisions,
    (SELECT count(*) FROM event
     WHERE marketplace_id = $1 AND type = 'decided' AND at >= $2 AND at < $3
       AND body #>> '{decision,by}' = 'automatic') AS automatic,
    (SELECT count(*) FROM event
     WHERE marketplace_id = $1 AND type = 'appeal_decided' AND at >= $2 AND at < $3
       AND left(body #>> '{appeal,against}', 1) <> 'x') AS appeals,
    (SELECT count(*) FROM event
     WHERE marketplace_id = $1 AND type = 'appeal_decided' AND at >= $2 AND at < $3
       AND left(body #>> '{appeal,against}', 1) <> 'x'
       AND body #>> '{appeal,result}' IN ('changed', 'sent_back')) AS overturned,
    $4::timestamptz AS at

-- name: silence
-- Duties that fell due in the period, by whose they were; silent where time ran out and nothing had been sent.
SELECT party, count(*) AS due, count(*) FILTER (WHERE silent) AS silent FROM ({duties}) AS d GROUP BY party

-- name: cost
-- What was paid to buyers and moved by recourse since, by who bears it: the negative of their accounts.
SELECT split_part(account, ':', 1) AS bearer, currency, -sum(amount)::bigint AS amount,
       count(DISTINCT case_id) AS cases
FROM posting
WHERE marketplace_id = $1 AND at >= $2 AND at < $3 AND account ~ ':(payout|recourse)$'
GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 2, 3 DESC

-- name: slices
-- The column is one of those named in figures.py.
SELECT {column} AS label, currency, count(*) AS cases, count(*) FILTER (WHERE stage <> 'closed') AS open,
       sum(refunded)::bigint AS refunded
FROM "case" WHERE marketplace_id = $1 AND opened_at >= $2 AND opened_at < $3
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 24

-- name: flow
-- Cases opened and closed, counted in steps of $4 seconds from the period's start.
SELECT n, sum(opened)::int AS opened, sum(closed)::int AS closed FROM (
    SELECT floor(extract(epoch FROM opened_at - $2) / $4)::int AS n, count(*) AS opened, 0 AS closed
    FROM "case" WHERE marketplace_id = $1 AND opened_at >= $2 AND opened_at < $3 GROUP BY 1
    UNION ALL
    SELECT floor(extract(epoch FROM at - $2) / $4)::int, 0, count(*)
    FROM event WHERE marketplace_id = $1 AND type = 'case_closed' AND at >= $2 AND at < $3 GROUP BY 1) AS steps
GROUP BY n ORDER BY n

-- name: cases
-- Members and conditions are fixed fragments of figures.py. The first part only gives the values their types.
WITH given AS (SELECT $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::text)
SELECT c.*, ARRAY(SELECT k.wrapped FROM case_key k WHERE k.case_id = c.case_id AND k.subject = 'state') AS keys,
       count(*) OVER () AS counted
FROM "case" c JOIN ({members}) AS m USING (case_id)
WHERE c.marketplace_id = $1 {conditions}
ORDER BY c.opened_at DESC, c.case_id LIMIT $6 OFFSET $7

-- name: filters
-- What the list can be narrowed to: the reasons, markets and carriers there are.
SELECT 'reason' AS kind, reason AS value FROM "case" WHERE marketplace_id = $1 AND reason IS NOT NULL GROUP BY 2
UNION ALL SELECT 'pack', pack FROM "case" WHERE marketplace_id = $1 GROUP BY 2
UNION ALL SELECT 'carrier', carrier_id FROM "case" WHERE marketplace_id = $1 AND carrier_id IS NOT NULL GROUP BY 2
ORDER BY 1, 2

-- name: behind
-- Events without a leaf, and since when the first of them waits; counted up to $2.
SELECT count(*) AS waiting, min(at) AS since FROM (
    SELECT e.at FROM event e
    WHERE e.marketplace_id = $1 AND e.tx >= (SELECT sequenced_to FROM log_state)
      AND NOT EXISTS (SELECT FROM log_leaf l WHERE l.case_id = e.case_id AND l.seq = e.seq)
    LIMIT $2) AS w

-- name: witnesses
SELECT vkey, size, seen_at FROM log_witness

-- name: editions
-- The editions that cases still run under.
SELECT pack, edition, count(*) AS cases, count(*) FILTER (WHERE stage <> 'closed') AS open
FROM "case" WHERE marketplace_id = $1 GROUP BY 1, 2 ORDER BY 1, 2

-- name: own_editions
SELECT DISTINCT pack, edition FROM "case"
WHERE marketplace_id = $1 AND ($2::text IS NULL OR buyer_id = $2) AND ($3::text IS NULL OR seller_id = $3)

-- name: ahead
-- The next clocks to run out; the time a record is kept is not one anybody waits for.
SELECT d.case_id, d.deadline_id, d.kind, d.party, d.due_at FROM deadline d
WHERE d.marketplace_id = $1 AND d.state = 'open' AND d.kind <> 'retention'
ORDER BY d.due_at, d.case_id, d.deadline_id LIMIT $2

-- name: notices
SELECT state, count(*) AS n, min(at) AS since FROM outbox WHERE marketplace_id = $1 GROUP BY state

-- name: late
-- On the desk, and no adjudicator's clock runs or the one that runs is over.
SELECT c.case_id FROM "case" c
WHERE c.marketplace_id = $1
  AND (c.stage IN ('under_review', 'under_appeal')
       OR c.case_id IN (SELECT case_id FROM deadline
                        WHERE marketplace_id = $1 AND state = 'open' AND party = 'adjudicator'))
  AND NOT EXISTS (SELECT FROM deadline d
                  WHERE d.case_id = c.case_id AND d.party = 'adjudicator' AND d.state = 'open' AND d.due_at > $4)

-- name: open
SELECT case_id FROM "case" WHERE marketplace_id = $1 AND stage <> 'closed'

-- name: opened
SELECT case_id FROM "case" WHERE marketplace_id = $1 AND opened_at >= $2 AND opened_at < $3

-- name: closed
SELECT DISTINCT case_id FROM event
WHERE marketplace_id = $1 AND type = 'case_closed' AND at >= $2 AND at < $3

-- name: decided
SELECT DISTINCT case_id FROM event WHERE marketplace_id = $1 AND type = 'decided' AND at >= $2 AND at < $3

-- name: automatic
SELECT DISTINCT case_id FROM event
WHERE marketplace_id = $1 AND type = 'decided' AND at >= $2 AND at < $3 AND body #>> '{decision,by}' = 'automatic'

-- name: appealed
SELECT DISTINCT case_id FROM event
WHERE marketplace_id = $1 AND type = 'appeal_decided' AND at >= $2 AND at < $3
  AND left(body #>> '{appeal,against}', 1) <> 'x'

-- name: overturned
SELECT DISTINCT case_id FROM event
WHERE marketplace_id = $1 AND type = 'appeal_decided' AND at >= $2 AND at < $3
  AND left(body #>> '{appeal,against}', 1) <> 'x' AND body #>> '{appeal,result}' IN ('changed', 'sent_back')

-- name: duties
SELECT d.case_id, d.party, d.state = 'fired' AND NOT (
           d.kind IN ('buyer_evidence', 'seller_evidence', 'carrier_evidence', 'requested_evidence')
           AND EXISTS (SELECT FROM event e
                       WHERE e.case_id = d.case_id AND e.type = 'evidence_submitted' AND e.actor_role::text = d.party
                         AND e.at >= (d.detail ->> 'start_at')::timestamptz AND e.at < d.due_at)) AS silent
FROM deadline d
WHERE d.marketplace_id = $1 AND d.state IN ('fired', 'ended') AND d.due_at >= $2 AND d.due_at < $3
  AND d.kind IN ('seller_answer', 'buyer_evidence', 'seller_evidence', 'carrier_evidence', 'requested_evidence',
                 'decision', 'appeal_decision', 'remedy', 'return_shipment', 'return_inspection', 'recourse')

-- name: due_of
SELECT DISTINCT case_id FROM ({duties}) AS d WHERE party = $5

-- name: silent
SELECT DISTINCT case_id FROM ({duties}) AS d WHERE party = $5 AND silent

-- name: borne
SELECT case_id FROM posting
WHERE marketplace_id = $1 AND at >= $2 AND at < $3 AND account ~ ':(payout|recourse)$'
  AND split_part(account, ':', 1) = $5
GROUP BY case_id HAVING sum(amount) <> 0

-- name: happened
-- The cases in which something happened after an instant, the latest first. Only a sandbox's stage asks.
SELECT case_id, max(at) AS at FROM event WHERE marketplace_id = $1 AND at > $2
GROUP BY case_id ORDER BY 2 DESC, 1 LIMIT $3

-- name: events
-- The latest first. What filters do not fit is passed over, so a rare kind may take a while; the time is bounded.
SELECT e.case_id, e.seq, e.type, e.at, e.actor_role::text AS actor_role, e.actor_id, e.clauses, e.tx::text AS tx
FROM event e
WHERE e.marketplace_id = $1
  AND ($2::text IS NULL OR e.type = $2) AND ($3::text IS NULL OR e.actor_role::text = $3)
  AND ($4::text IS NULL OR e.actor_id = $4) AND ($5::uuid IS NULL OR e.case_id = $5)
  AND ($6::timestamptz IS NULL OR e.at < $6)
  AND ($7::text IS NULL OR (e.tx, e.case_id, e.seq) < ($7::xid8, $8::uuid, $9::integer))
ORDER BY e.tx DESC, e.case_id DESC, e.seq DESC LIMIT $10

-- name: looks
SELECT look_id, upload_id, case_id, role, who, what, at FROM staff_look
WHERE marketplace_id = $1 AND ($2::text IS NULL OR who = $2) AND ($3::uuid IS NULL OR case_id = $3)
ORDER BY at DESC, look_id DESC LIMIT $4 OFFSET $5
