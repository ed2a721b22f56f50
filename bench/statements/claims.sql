-- The claim board of a member.

-- name: tally
SELECT v.stage, v.tier, t.slug, t.name, count(*) AS count,
       (v.stage <> 'compliance_review' AND m.team_id = ANY(%(team_id)s)) AS claimable,
       count(*) FILTER (WHERE least(v.stalls_at, o.stalls_at) <= %(now)s) AS late
FROM governance_stageownership o
JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
WHERE o.until IS NULL AND o.owner_id IS NULL AND v.left_at IS NULL AND v.state = 'underway'
  AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
GROUP BY v.stage, v.tier, t.id, claimable;

-- name: vacancies
SELECT few.id AS spell_id, v.id AS visit_id, v.release_id, v.release_id AS judged_id, v.stage, v.tier, v.policy_id,
       q.version, v.entered_at, v.stalls_at, o.since, o.began, o.note, o.stalls_at AS claim_by,
       giver.full_name AS given_by, r.number, c.number AS candidate, c.digest AS candidate_digest,
       c.uri AS candidate_uri, m.slug, m.name, m.restricted, m.team_id AS its_team, t.name AS team, t.calendar_id,
       EXISTS (SELECT FROM governance_breakglass g WHERE g.release_id = v.release_id) AS glass
FROM (
    SELECT o.id, v.stage <> 'compliance_review' AND m.team_id = ANY(%(team_id)s) AS claimable,
           CASE v.stage WHEN 'deployment' THEN 0 ELSE 1 END AS deployed_next,
           least(v.stalls_at, o.stalls_at) AS due,
           CASE WHEN v.stage <> 'compliance_review' AND m.team_id = ANY(%(team_id)s) THEN 0
                WHEN v.tier = 'high' THEN 0 WHEN v.tier = 'medium' THEN 1 ELSE 2 END AS risk,
           -- Nobody of this portfolio has said what they bring, so that everything suits them alike.
           CASE WHEN v.stage <> 'compliance_review' AND m.team_id = ANY(%(team_id)s) THEN
               CASE WHEN least(v.stalls_at, o.stalls_at) <= %(now)s::timestamptz - interval '7 days' THEN 8
                    WHEN least(v.stalls_at, o.stalls_at) <= %(now)s::timestamptz THEN 6
                    WHEN least(v.stalls_at, o.stalls_at) <= %(now)s::timestamptz + interval '1 day' THEN 4
                    WHEN least(v.stalls_at, o.stalls_at) <= %(now)s::timestamptz + interval '3 days' THEN 3
                    WHEN least(v.stalls_at, o.stalls_at) <= %(now)s::timestamptz + interval '7 days' THEN 2
                    ELSE 1 END
               * CASE v.tier WHEN 'high' THEN 3 WHEN 'medium' THEN 2 ELSE 1 END
               * (SELECT CASE WHEN max(spent.weighed) >= 100000 THEN 3 WHEN max(spent.weighed) >= 10000 THEN 2 ELSE 1 END
                  FROM (SELECT sum(CASE WHEN c.currency = ANY(%(small_units)s) THEN c.amount / 100 ELSE c.amount END)
                               AS weighed
                        FROM models_registry_costentry c
                        WHERE c.release_id = v.release_id
                        GROUP BY c.currency) spent)
           ELSE 0 END AS points
    FROM governance_stageownership o
    JOIN governance_stagevisit v ON v.id = o.visit_id
    JOIN models_registry_release r ON r.id = v.release_id
    JOIN models_registry_registeredmodel m ON m.id = r.model_id
    WHERE o.until IS NULL AND o.owner_id IS NULL AND v.left_at IS NULL AND v.state = 'underway'
      AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
    ORDER BY claimable DESC, points DESC, deployed_next, due, risk, o.id
    LIMIT 50
) few
JOIN governance_stageownership o ON o.id = few.id
JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
LEFT JOIN models_registry_person giver ON giver.id = o.given_by_id
ORDER BY few.claimable DESC, few.points DESC, few.deployed_next, few.due, few.risk, few.id;

-- name: work
SELECT few.id AS spell_id, v.id AS visit_id, v.release_id, v.release_id AS judged_id, v.stage, v.tier, v.policy_id,
       q.version, v.entered_at, v.stalls_at, o.since, r.number, c.number AS candidate, c.digest AS candidate_digest,
       c.uri AS candidate_uri, m.slug, m.name, m.team_id AS its_team, t.name AS team, t.calendar_id,
       EXISTS (SELECT FROM governance_breakglass g WHERE g.release_id = v.release_id) AS glass,
       (SELECT taker.full_name
        FROM governance_handoveroffer f
        JOIN models_registry_person taker ON taker.id = f.offered_to_id
        WHERE f.visit_id = v.id AND f.state = 'open') AS offered_to,
       (SELECT w.id
        FROM governance_review w
        WHERE w.visit_id = v.id AND w.kind = 'approval' AND w.state = 'open') AS review_id
FROM (
    SELECT o.id, v.stalls_at, v.stage
    FROM governance_stageownership o
    JOIN governance_stagevisit v ON v.id = o.visit_id
    JOIN models_registry_release r ON r.id = v.release_id
    JOIN models_registry_registeredmodel m ON m.id = r.model_id
    WHERE o.owner_id = %(person)s AND o.until IS NULL AND v.left_at IS NULL AND v.state = 'underway'
      AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
    ORDER BY v.stalls_at, v.stage, o.id
    LIMIT 13
) few
JOIN governance_stageownership o ON o.id = few.id
JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
ORDER BY few.stalls_at, few.stage, few.id;

-- name: offers
SELECT f.id AS offer_id, f.offered_at, f.note, v.id AS visit_id, v.release_id AS judged_id, v.stage, v.tier,
       v.policy_id, q.version, v.entered_at, r.number, c.number AS candidate, c.digest AS candidate_digest,
       c.uri AS candidate_uri, m.slug, m.name, t.name AS team, t.calendar_id, giver.full_name AS offered_by,
       taker.full_name AS offered_to
FROM governance_handoveroffer f
JOIN governance_stagevisit v ON v.id = f.visit_id
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
JOIN models_registry_person giver ON giver.id = f.offered_by_id
JOIN models_registry_person taker ON taker.id = f.offered_to_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
WHERE f.state = 'open' AND (f.offered_to_id = %(person)s OR f.offered_by_id = %(person)s)
  AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
ORDER BY f.offered_at DESC, f.id DESC
LIMIT 20;

-- name: loads
SELECT p.id AS peer_id, p.full_name, p.email,
       count(v.id) AS owned,
       count(v.id) FILTER (WHERE v.stalls_at <= %(now)s) AS late,
       count(v.id) FILTER (WHERE v.stage = 'deployment') AS counted,
       count(v.id) FILTER (WHERE v.stage = 'deployment' AND v.stalls_at <= %(now)s) AS counted_late
FROM models_registry_person p
LEFT JOIN governance_stageownership o ON o.owner_id = p.id AND o.until IS NULL
LEFT JOIN governance_stagevisit v
       ON v.id = o.visit_id AND v.stage IN ('brief', 'validation', 'compliance_review', 'deployment')
WHERE p.is_active AND p.role <> 'auditor' AND p.id IN (
    SELECT m.person_id
    FROM models_registry_membership m
    WHERE m.team_id = ANY(%(team_id)s) AND m.role IN ('lead', 'engineer'))
GROUP BY p.id
ORDER BY counted, owned, p.full_name, p.id
LIMIT 12;

-- name: claimed
SELECT o.id AS spell_id, o.owner_id, p.full_name, p.email, o.since, m.name, m.slug, r.number, t.calendar_id,
       (SELECT max(gap.since)
        FROM governance_stageownership gap
        WHERE gap.visit_id = o.visit_id AND gap.owner_id IS NULL AND gap.until = o.since) AS waited_from
FROM models_registry_person p
JOIN governance_stageownership o ON o.owner_id = p.id AND o.until IS NULL AND o.began = 'claimed'
JOIN governance_stagevisit v ON v.id = o.visit_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
WHERE p.is_active AND p.role <> 'auditor' AND p.id IN (
    SELECT s.person_id
    FROM models_registry_membership s
    WHERE s.team_id = ANY(%(team_id)s) AND s.role IN ('lead', 'engineer'))
  AND v.left_at IS NULL AND v.state = 'underway' AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
ORDER BY o.since DESC, o.id DESC
LIMIT 20;
