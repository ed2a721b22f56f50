-- The review desk of a compliance officer. A review is barred from somebody who had a hand in the release.

-- name: counts_of_desk
SELECT count(*) AS open, count(*) FILTER (WHERE w.due_at < %(now)s) AS overdue,
       count(*) FILTER (WHERE w.kind = 'retrospective') AS retrospective,
       count(*) FILTER (WHERE NOT (
           w.requested_by_id = %(person)s
           OR w.release_id IN (
               SELECT v.release_id
               FROM governance_stageownership o
               JOIN governance_stagevisit v ON v.id = o.visit_id
               WHERE o.owner_id = %(person)s AND v.stage <> 'compliance_review')
           OR w.release_id IN (
               SELECT a.release_id FROM governance_earlyclaim a WHERE a.person_id = %(person)s AND a.until IS NULL)
           OR w.release_id IN (
               SELECT r.id
               FROM models_registry_registeredmodel m
               JOIN models_registry_release r ON r.model_id = m.id
               WHERE m.created_by_id = %(person)s)
           OR w.release_id IN (SELECT b.release_id FROM models_registry_brief b WHERE b.author_id = %(person)s)
           OR w.release_id IN (SELECT b.release_id FROM models_registry_brief b WHERE b.signed_by_id = %(person)s)
           OR w.release_id IN (
               SELECT r.id
               FROM models_registry_modelversion c
               JOIN models_registry_release r ON r.candidate_id = c.id
               WHERE c.added_by_id = %(person)s)
           OR w.release_id IN (
               SELECT n.release_id
               FROM governance_auditevent n
               WHERE n.act = 'candidate.name' AND n.actor_id = %(person)s AND n.release_id IS NOT NULL)
           OR w.release_id IN (SELECT e.release_id FROM models_registry_evidence e WHERE e.added_by_id = %(person)s)
           OR (coalesce(q.rules -> 'approver_outside_team' <> 'false', true) AND m.team_id = ANY(%(team_id)s))
       )) AS mine
FROM governance_review w
JOIN governance_stagevisit v ON v.id = w.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = w.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
WHERE w.state = 'open';

-- name: rows
SELECT few.id AS review_id, few.urgency, few.idle, few.idle_currency, few.feedback_groups, few.quorums, few.kind, few.due_at, few.requested_at, few.message, few.approvals_needed,
       asker.full_name AS requested_by, asker.email AS requester_email, given.full_name AS assignee, v.id AS visit_id, v.release_id,
       v.release_id AS judged_id, v.stage, v.tier, v.policy_id, q.version, v.entered_at, r.number,
       c.number AS candidate, c.digest AS candidate_digest, c.uri AS candidate_uri, m.slug, m.name, t.name AS team,
       t.calendar_id,
       (SELECT coalesce(nullif(p.full_name, ''), p.email)
        FROM governance_stageownership o
        JOIN models_registry_person p ON p.id = o.owner_id
        WHERE o.visit_id = v.id AND o.until IS NULL) AS owner,
       EXISTS (SELECT FROM governance_breakglass g WHERE g.release_id = few.release_id) AS glass,
       CASE
           WHEN few.requested_by_id = %(person)s THEN 'requested'
           WHEN EXISTS (
               SELECT FROM governance_stageownership o
               JOIN governance_stagevisit w ON w.id = o.visit_id
               WHERE w.release_id = r.id AND o.owner_id = %(person)s AND w.stage <> 'compliance_review') THEN 'owned'
           WHEN EXISTS (
               SELECT FROM governance_earlyclaim a
               WHERE a.release_id = r.id AND a.person_id = %(person)s AND a.until IS NULL) THEN 'ahead'
           WHEN m.created_by_id = %(person)s THEN 'registered'
           WHEN EXISTS (
               SELECT FROM models_registry_brief b WHERE b.release_id = r.id AND b.author_id = %(person)s) THEN 'wrote'
           WHEN EXISTS (
               SELECT FROM models_registry_brief b WHERE b.release_id = r.id AND b.signed_by_id = %(person)s)
               THEN 'signed'
           WHEN c.added_by_id = %(person)s THEN 'named'
           WHEN EXISTS (
               SELECT FROM governance_auditevent n
               WHERE n.release_id = r.id AND n.act = 'candidate.name' AND n.actor_id = %(person)s) THEN 'chose'
           WHEN EXISTS (
               SELECT FROM models_registry_evidence e WHERE e.release_id = r.id AND e.added_by_id = %(person)s)
               THEN 'attached'
           WHEN q.rules -> 'approver_outside_team' = 'false' THEN ''
           WHEN m.team_id = ANY(%(team_id)s) THEN 'team'
           ELSE '' END AS bar
FROM (
    SELECT w.*, coalesce(spent.currency, '') AS idle_currency, coalesce(spent.amount, 0) AS idle,
           CASE WHEN w.due_at <= %(now)s - interval '7 days' THEN 8 WHEN w.due_at <= %(now)s THEN 6
                WHEN w.due_at <= %(now)s + interval '1 day' THEN 4 WHEN w.due_at <= %(now)s + interval '3 days' THEN 3
                WHEN w.due_at <= %(now)s + interval '7 days' THEN 2 ELSE 1 END
           * CASE v.tier WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END
           * CASE WHEN spent.weighed >= 100000 THEN 3 WHEN spent.weighed >= 10000 THEN 2 ELSE 1 END AS urgency
    FROM governance_review w
    JOIN governance_stagevisit v ON v.id = w.visit_id
    LEFT JOIN LATERAL (
        SELECT c.currency, sum(c.amount) AS amount,
               sum(CASE WHEN c.currency = ANY(%(small_units)s) THEN c.amount / 100 ELSE c.amount END) AS weighed
        FROM models_registry_costentry c
        WHERE c.release_id = w.release_id
        GROUP BY c.currency
        ORDER BY weighed DESC, c.currency
        LIMIT 1
    ) spent ON true
    WHERE w.state = 'open'
    ORDER BY urgency DESC, w.due_at, w.id
    LIMIT 50
) few
JOIN governance_stagevisit v ON v.id = few.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
JOIN models_registry_person asker ON asker.id = few.requested_by_id
LEFT JOIN models_registry_person given ON given.id = few.assignee_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
ORDER BY few.urgency DESC, few.due_at, few.id;

-- name: arriving
SELECT v.id AS visit_id, v.release_id AS judged_id, v.stage, v.tier, v.policy_id, q.version, v.entered_at, v.stalls_at,
       r.number, c.number AS candidate, c.digest AS candidate_digest, c.uri AS candidate_uri, m.slug, m.name,
       t.name AS team, t.calendar_id,
       (SELECT coalesce(nullif(p.full_name, ''), p.email)
        FROM governance_stageownership o
        JOIN models_registry_person p ON p.id = o.owner_id
        WHERE o.visit_id = v.id AND o.until IS NULL) AS owner
FROM (
    SELECT v.*
    FROM governance_stagevisit v
    WHERE v.stage = 'validation' AND v.state = 'underway' AND v.left_at IS NULL
    ORDER BY v.stalls_at, v.id
    LIMIT 8
) v
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
ORDER BY v.stalls_at, v.id;

-- name: lately
SELECT w.id AS closed_review, w.kind, w.state, w.requested_at, w.due_at, w.closed_at, v.tier, r.number, m.slug, m.name,
       t.name AS team, t.calendar_id, last.by, last.dossier_digest
FROM (
    SELECT *
    FROM governance_review
    WHERE state IN ('approved', 'approved_with_conditions', 'changes_requested', 'rejected', 'lapsed', 'revoked') AND closed_at >= %(now)s - interval '30 days'
    ORDER BY closed_at DESC, id DESC
    LIMIT 100
) w
JOIN governance_stagevisit v ON v.id = w.visit_id
JOIN models_registry_release r ON r.id = w.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
LEFT JOIN LATERAL (
    SELECT coalesce(nullif(p.full_name, ''), p.email) AS by, d.dossier_digest
    FROM governance_decision d
    JOIN models_registry_person p ON p.id = d.officer_id
    WHERE d.review_id = w.id
    ORDER BY d.decided_at DESC, d.id DESC
    LIMIT 1
) last ON true
ORDER BY w.closed_at DESC, w.id DESC;

-- name: teams
SELECT slug, name FROM models_registry_team ORDER BY name, id LIMIT 500;

-- name: groups
SELECT slug, name FROM governance_approvergroup;

-- name: views
SELECT name, query FROM tracker_savedview WHERE person_id = %(person)s ORDER BY name;
