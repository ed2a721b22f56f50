-- One review with its dossier: what is asked, what was shown, what was said of it, and by whom.

-- name: under_review
SELECT w.id AS review_id, w.kind, w.state, w.requested_at, w.message, w.due_at, w.approvals_needed, w.quorums,
       w.feedback_groups, w.feedback_closed_at, w.closed_at, w.expires_at, w.ended_at, w.ended_because,
       asker.full_name AS requested_by, asker.email AS requester_email, given.full_name AS assignee,
       o.stage AS review_stage, v.id AS visit_id, v.stage, v.state AS visit_state, v.tier, v.entered_at, v.stalls_at,
       q.version, q.rules, r.id AS judged_id, r.number AS its_number, r.model_id AS judged_model, m.slug, m.name, m.risk_tier,
       t.name AS team, t.id AS judged_team, k.timezone, k.hours, k.country, k.closed_days, k.always_open,
       c.number AS candidate, c.digest AS candidate_digest, c.uri AS candidate_uri, c.added_at AS candidate_at,
       coalesce(nullif(owner.full_name, ''), owner.email) AS owner, owner.email AS owner_email,
       g.reason AS glass, g.unmet, g.broken_at, breaker.full_name AS broken_by,
       a.computed, a.tier AS assessed_tier, a.reason AS tier_reason, a.assessed_at, assessor.full_name AS assessed_by,
       EXISTS (
           SELECT FROM mfa_authenticator f WHERE f.user_id = %(person)s AND f.type = 'totp') AS second_factor,
       (SELECT coalesce(nullif(p.full_name, ''), p.email)
        FROM governance_delegation d
        JOIN models_registry_person p ON p.id = d.deputy_id AND p.is_active
        WHERE d.delegator_id = coalesce(w.assignee_id, s.owner_id) AND d.starts_at <= %(now)s AND d.ends_at > %(now)s
          AND (d.ended_early_at IS NULL OR d.ended_early_at > %(now)s)
        ORDER BY d.starts_at, d.id
        LIMIT 1) AS deputy
FROM governance_review w
JOIN governance_stagevisit o ON o.id = w.visit_id
JOIN models_registry_release r ON r.id = w.release_id
JOIN governance_stagevisit v ON v.release_id = r.id AND v.left_at IS NULL
JOIN governance_policy q ON q.id = v.policy_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
JOIN models_registry_workcalendar k ON k.id = t.calendar_id
JOIN models_registry_person asker ON asker.id = w.requested_by_id
LEFT JOIN models_registry_person given ON given.id = w.assignee_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
LEFT JOIN governance_stageownership s ON s.visit_id = v.id AND s.until IS NULL
LEFT JOIN models_registry_person owner ON owner.id = s.owner_id
LEFT JOIN governance_breakglass g ON g.review_id = w.id
LEFT JOIN models_registry_person breaker ON breaker.id = g.broken_by_id
LEFT JOIN LATERAL (
    SELECT * FROM models_registry_riskassessment WHERE model_id = m.id ORDER BY assessed_at DESC, id DESC LIMIT 1
) a ON true
LEFT JOIN models_registry_person assessor ON assessor.id = a.assessed_by_id
WHERE w.id = %(review)s;

-- name: holds
SELECT started_at, ended_at, reason_code, reason, waits_on, expected_end
FROM governance_hold
WHERE visit_id = ANY(%(visit_id)s)
ORDER BY started_at;

-- name: briefs
SELECT b.number, b.content, b.signed_at, p.full_name AS signed_by
FROM models_registry_brief b
LEFT JOIN models_registry_person p ON p.id = b.signed_by_id
WHERE b.release_id = ANY(%(judged_id)s)
ORDER BY b.number DESC;

-- name: evidence
SELECT e.id, e.kind, e.title, e.source, e.summary, e.digest, e.content_digest, e.measurements, e.detail, e.valid_until,
       e.added_at, v.number AS candidate, coalesce(nullif(p.full_name, ''), p.email) AS added_by,
       f.id AS file, f.name AS file_name, f.media_type, f.size
FROM models_registry_evidence e
LEFT JOIN models_registry_modelversion v ON v.id = e.version_id
LEFT JOIN models_registry_person p ON p.id = e.added_by_id
LEFT JOIN models_registry_evidencefile f ON f.id = e.file_id
WHERE e.release_id = ANY(%(judged_id)s)
  AND NOT EXISTS (SELECT FROM models_registry_evidence newer WHERE newer.supersedes_id = e.id)
ORDER BY e.added_at, e.id;

-- name: decisions
-- The reviews of the release with their decisions, and the last approval of an earlier release with what it saw.
SELECT w.id, w.release_id = ANY(%(judged_id)s) AS own, w.kind, w.state, w.requested_at, w.closed_at, w.expires_at,
       w.ended_at, asker.full_name AS requested_by, r.number AS its_release, c.number AS its_candidate,
       d.id AS decision, d.outcome, d.reason, d.dossier_digest, d.groups, d.controls, d.signature, d.decided_at,
       p.id AS officer, p.full_name, p.email,
       (SELECT min(f.due_at)
        FROM governance_finding f
        WHERE f.review_id = w.id AND f.decision_id IS NOT NULL
          AND (f.resolved_at IS NULL OR f.resolved_at >= f.due_at)) AS condition_due,
       (SELECT b.content
        FROM models_registry_brief b
        WHERE b.release_id = w.release_id AND b.signed_at <= w.closed_at AND w.release_id <> ALL(%(judged_id)s)
        ORDER BY b.number DESC
        LIMIT 1) AS brief_then
FROM governance_review w
JOIN models_registry_release r ON r.id = w.release_id
JOIN models_registry_person asker ON asker.id = w.requested_by_id
LEFT JOIN models_registry_modelversion c ON c.id = r.candidate_id
LEFT JOIN governance_decision d ON d.review_id = w.id
LEFT JOIN models_registry_person p ON p.id = d.officer_id
WHERE w.release_id = ANY(%(judged_id)s) OR w.id = (
    SELECT x.id
    FROM governance_review x
    JOIN models_registry_release y ON y.id = x.release_id
    WHERE y.model_id = ANY(%(judged_model)s) AND y.number < ALL(%(its_number)s) AND x.kind = 'approval'
      AND x.state IN ('approved', 'approved_with_conditions', 'lapsed')
    ORDER BY y.number DESC, x.closed_at DESC
    LIMIT 1)
ORDER BY w.requested_at DESC, w.id DESC, d.decided_at, d.id;

-- name: said
SELECT 'control' AS what, c.control AS about, c.verdict AS word, c.note AS text, c.digest,
       coalesce(nullif(p.full_name, ''), p.email) AS who, c.given_at AS at, c.id AS of, NULL::timestamptz AS valid_until,
       NULL::timestamptz AS ended_at
FROM governance_controlverdict c
JOIN models_registry_person p ON p.id = c.officer_id
WHERE c.release_id = ANY(%(judged_id)s)
UNION ALL
SELECT 'group', f."group", f.stance, f.text, f.dossier_digest, coalesce(nullif(p.full_name, ''), p.email), f.given_at,
       f.id, NULL, NULL
FROM governance_feedback f
JOIN models_registry_person p ON p.id = f.person_id
WHERE f.review_id = %(review)s
UNION ALL
SELECT 'waiver', w.check_code, '', w.reason, '', coalesce(nullif(p.full_name, ''), p.email), w.granted_at, w.id,
       w.valid_until, w.ended_at
FROM governance_waiver w
JOIN models_registry_person p ON p.id = w.granted_by_id
WHERE w.release_id = ANY(%(judged_id)s)
ORDER BY at, of;

-- name: findings
SELECT f.id, f.control, f.title, f.text, f.severity, f.due_at, f.state, f.raised_at, f.resolution, f.decision_id,
       owner.id AS finding_owner, owner.full_name AS owner, raiser.full_name AS raised_by,
       resolver.full_name AS resolved_by, closer.full_name AS closed_by
FROM governance_finding f
JOIN models_registry_person owner ON owner.id = f.owner_id
JOIN models_registry_person raiser ON raiser.id = f.raised_by_id
LEFT JOIN models_registry_person resolver ON resolver.id = f.resolved_by_id
LEFT JOIN models_registry_person closer ON closer.id = f.closed_by_id
WHERE f.release_id = ANY(%(judged_id)s)
ORDER BY f.state = 'closed', f.due_at, f.id;

-- name: people
-- Everybody with a hand in it and the first thing that they did, and the team that a finding can be given to. The
-- reader's own line says whether four eyes bars them.
WITH hands AS (
    SELECT person, min(place) AS place
    FROM (
        SELECT w.requested_by_id AS person, 0 AS place FROM governance_review w WHERE w.id = %(review)s
        UNION ALL
        SELECT o.owner_id, 1
        FROM governance_stageownership o
        JOIN governance_stagevisit v ON v.id = o.visit_id
        WHERE v.release_id = ANY(%(judged_id)s) AND v.stage <> 'compliance_review'
        UNION ALL
        SELECT a.person_id, 2
        FROM governance_earlyclaim a
        WHERE a.release_id = ANY(%(judged_id)s) AND a.until IS NULL
        UNION ALL
        SELECT m.created_by_id, 3 FROM models_registry_registeredmodel m WHERE m.id = ANY(%(judged_model)s)
        UNION ALL
        SELECT b.author_id, 4 FROM models_registry_brief b WHERE b.release_id = ANY(%(judged_id)s)
        UNION ALL
        SELECT b.signed_by_id, 5 FROM models_registry_brief b WHERE b.release_id = ANY(%(judged_id)s)
        UNION ALL
        SELECT c.added_by_id, 6
        FROM models_registry_release r
        JOIN models_registry_modelversion c ON c.id = r.candidate_id
        WHERE r.id = ANY(%(judged_id)s)
        UNION ALL
        SELECT n.actor_id, 7
        FROM governance_auditevent n
        WHERE n.release_id = ANY(%(judged_id)s) AND n.act = 'candidate.name'
        UNION ALL
        SELECT e.added_by_id, 8 FROM models_registry_evidence e WHERE e.release_id = ANY(%(judged_id)s)
        UNION ALL
        SELECT a.assessed_by_id, 9
        FROM models_registry_riskassessment a
        WHERE a.model_id = ANY(%(judged_model)s) AND a.reason <> ''
    ) did
    WHERE person IS NOT NULL
    GROUP BY person
)
SELECT p.id AS person_here, p.full_name, p.email, h.place, s.id IS NOT NULL AS in_team
FROM models_registry_person p
LEFT JOIN hands h ON h.person = p.id
LEFT JOIN models_registry_membership s ON s.person_id = p.id AND s.team_id = ANY(%(judged_team)s)
WHERE p.id IN (SELECT person FROM hands)
   OR p.id IN (SELECT person_id FROM models_registry_membership WHERE team_id = ANY(%(judged_team)s))
   OR p.id = %(person)s
ORDER BY p.full_name, p.id;

-- name: groups
SELECT g.slug, g.name,
       EXISTS (
           SELECT FROM governance_groupmember s
           JOIN models_registry_person p ON p.id = s.person_id
           WHERE s.group_id = g.id AND p.role <> 'auditor' AND (s.person_id = %(person)s OR p.is_active AND p.id IN (
               SELECT d.delegator_id
               FROM governance_delegation d
               WHERE d.deputy_id = %(person)s AND d.starts_at <= %(now)s AND d.ends_at > %(now)s
                 AND (d.ended_early_at IS NULL OR d.ended_early_at > %(now)s)))) AS mine
FROM governance_approvergroup g
ORDER BY g.slug;

-- name: had
-- The kinds of evidence that the last approval of an earlier release saw.
SELECT DISTINCT e.kind
FROM models_registry_evidence e
JOIN (
    SELECT x.release_id, x.closed_at
    FROM governance_review x
    JOIN models_registry_release y ON y.id = x.release_id
    WHERE y.model_id = ANY(%(judged_model)s) AND y.number < ALL(%(its_number)s) AND x.kind = 'approval'
      AND x.state IN ('approved', 'approved_with_conditions', 'lapsed')
    ORDER BY y.number DESC, x.closed_at DESC
    LIMIT 1
) last ON e.release_id = last.release_id AND e.added_at <= last.closed_at
LEFT JOIN models_registry_evidence newer ON newer.supersedes_id = e.id
WHERE newer.id IS NULL OR newer.added_at > last.closed_at
ORDER BY e.kind;

-- name: activity
SELECT id, at, actor_name, act, subject_name, detail, hash
FROM governance_auditevent
WHERE release_id = ANY(%(judged_id)s)
ORDER BY id DESC
LIMIT 15;
