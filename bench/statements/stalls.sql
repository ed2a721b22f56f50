-- The stall dashboard of a member. `soon`: two business days ahead; `ages`: moments that bound the bins of age, the
-- oldest first.

-- name: teams
SELECT t.id, t.slug, t.name, t.calendar_id, c.name AS calendar, c.timezone, c.hours, c.country, c.closed_days,
       c.always_open, c.updated_at
FROM models_registry_team t
JOIN models_registry_workcalendar c ON c.id = t.calendar_id
WHERE EXISTS (
    SELECT FROM models_registry_registeredmodel m
    WHERE m.team_id = t.id AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s)))
ORDER BY t.name, t.id;

-- name: policies
SELECT id FROM governance_policy WHERE status = 'published' ORDER BY version DESC;

-- name: tally
SELECT standing, stage, vacant, age, count(*) AS count, min(due) FILTER (WHERE standing = 'past') AS ran_out
FROM (
    SELECT v.stage, o.owner_id IS NULL AS vacant,
           cardinality(%(ages)s) - width_bucket(v.entered_at, %(ages)s) AS age,
           CASE WHEN o.stalls_at <= %(now)s OR (h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s) THEN 'past'
                WHEN h.expected_end <= %(now)s THEN 'overdue'
                WHEN h.pauses_clock THEN 'held'
                WHEN v.stalls_at <= %(soon)s OR o.stalls_at <= %(soon)s THEN 'next'
                WHEN h.id IS NOT NULL THEN 'held'
                ELSE 'fine' END AS standing,
           CASE WHEN h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s THEN v.stalls_at ELSE o.stalls_at END AS due
    FROM governance_stageownership o
    JOIN governance_stagevisit v ON v.id = o.visit_id
    JOIN models_registry_release r ON r.id = v.release_id
    JOIN models_registry_registeredmodel m ON m.id = r.model_id
    LEFT JOIN governance_hold h ON h.visit_id = v.id AND h.ended_at IS NULL
    WHERE o.until IS NULL AND v.left_at IS NULL AND v.state = 'underway'
      AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
) spells
GROUP BY standing, stage, vacant, age;

-- name: rows
WITH placed AS (
    SELECT o.id, CASE WHEN o.stalls_at <= %(now)s OR (h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s) THEN 0
                      WHEN h.expected_end <= %(now)s THEN 1
                      WHEN h.pauses_clock THEN 3
                      WHEN v.stalls_at <= %(soon)s OR o.stalls_at <= %(soon)s THEN 2
                      WHEN h.id IS NOT NULL THEN 3 ELSE 4 END AS rank,
           CASE WHEN h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s THEN v.stalls_at
                WHEN o.stalls_at <= %(now)s THEN o.stalls_at
                WHEN h.id IS NOT NULL THEN h.expected_end
                ELSE least(v.stalls_at, o.stalls_at) END AS due
    FROM governance_stageownership o
    JOIN governance_stagevisit v ON v.id = o.visit_id
    JOIN models_registry_release r ON r.id = v.release_id
    JOIN models_registry_registeredmodel m ON m.id = r.model_id
    LEFT JOIN governance_hold h ON h.visit_id = v.id AND h.ended_at IS NULL
    WHERE o.until IS NULL AND v.left_at IS NULL AND v.state = 'underway'
      AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
)
SELECT o.id AS spell_id, v.id AS visit_id, v.release_id, few.rank, few.due, v.stage, v.tier, v.policy_id, q.version,
       v.entered_at, v.dates_estimated, v.stalls_at, o.owner_id, p.full_name AS owner, p.email AS owner_email, o.since,
       o.began, o.note, giver.full_name AS given_by, r.number, c.number AS candidate, c.digest AS candidate_digest,
       c.uri AS candidate_uri, m.slug, m.name, m.restricted, m.team_id AS its_team, t.name AS team, t.calendar_id,
       CASE WHEN o.owner_id IS NOT NULL
             AND NOT EXISTS (SELECT FROM governance_hold h WHERE h.visit_id = v.id AND h.ended_at IS NULL)
            THEN v.release_id END AS judged_id,
       (SELECT max(n.sent_at) FROM governance_nudge n WHERE n.visit_id = v.id) AS nudged_at,
       (SELECT taker.full_name
        FROM governance_handoveroffer f
        JOIN models_registry_person taker ON taker.id = f.offered_to_id
        WHERE f.visit_id = v.id AND f.state = 'open') AS offered_to,
       (SELECT d.reason
        FROM governance_decision d
        JOIN governance_review w ON w.id = d.review_id
        WHERE w.visit_id = v.id AND d.outcome = 'request_changes'
        ORDER BY d.decided_at DESC LIMIT 1) AS changes_asked,
       EXISTS (SELECT FROM governance_breakglass g WHERE g.release_id = v.release_id) AS glass
FROM (SELECT id, rank, due FROM placed WHERE rank < 4 ORDER BY rank, due, id LIMIT 50) few
JOIN governance_stageownership o ON o.id = few.id
JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
LEFT JOIN models_registry_person p ON p.id = o.owner_id
LEFT JOIN models_registry_person giver ON giver.id = o.given_by_id
ORDER BY few.rank, few.due, few.id;

-- name: money
SELECT e.currency, sum(e.amount) AS total,
       sum(e.amount) FILTER (WHERE e.incurred_on > (late.due AT TIME ZONE 'UTC')::date) AS since
FROM (
    SELECT v.release_id, CASE WHEN h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s THEN v.stalls_at ELSE o.stalls_at END AS due
    FROM governance_stageownership o
    JOIN governance_stagevisit v ON v.id = o.visit_id
    JOIN models_registry_release r ON r.id = v.release_id
    JOIN models_registry_registeredmodel m ON m.id = r.model_id
    LEFT JOIN governance_hold h ON h.visit_id = v.id AND h.ended_at IS NULL
    WHERE o.until IS NULL AND v.left_at IS NULL AND v.state = 'underway'
      AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
      AND (o.stalls_at <= %(now)s OR (h.pauses_clock IS NOT TRUE AND v.stalls_at <= %(now)s))
) late
JOIN models_registry_costentry e ON e.release_id = late.release_id
GROUP BY e.currency;

-- name: money_of_rows
SELECT e.release_id AS its_release, e.currency, sum(e.amount) AS total,
       sum(e.amount) FILTER (WHERE e.incurred_on > (row.due AT TIME ZONE 'UTC')::date) AS since
FROM unnest(%(release_id)s::bigint[], %(due)s::timestamptz[]) row (release_id, due)
JOIN models_registry_costentry e ON e.release_id = row.release_id
GROUP BY e.release_id, e.currency;
