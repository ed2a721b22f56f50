-- The registry by name, fifty models to a page: each with its newest release.

-- name: total
SELECT count(*) AS total
FROM models_registry_registeredmodel m
WHERE NOT m.restricted OR m.team_id = ANY(%(team_id)s);

-- name: rows
SELECT m.id AS model_id, m.slug, m.name, m.risk_tier, m.restricted, m.updated_at, t.name AS team, t.calendar_id,
       v.id AS visit_id, v.release_id, v.number, v.stage, v.state, v.entered_at, v.dates_estimated, v.arrived_by,
       v.reason_code, v.tier, v.policy_id, c.number AS version, o.id AS spell_id, p.full_name AS owner,
       p.email AS owner_email,
       EXISTS (SELECT FROM governance_breakglass g WHERE g.release_id = v.release_id) AS glass,
       (SELECT max(r.number)
        FROM models_registry_release r
        JOIN governance_stagevisit l ON l.release_id = r.id
        WHERE r.model_id = m.id AND l.left_at IS NULL AND l.stage = 'live' AND l.state = 'underway' AND l.id <> v.id
       ) AS live_number
FROM (
    SELECT id, slug, name, risk_tier, restricted, updated_at, team_id
    FROM models_registry_registeredmodel
    WHERE NOT restricted OR team_id = ANY(%(team_id)s)
    ORDER BY name, id
    LIMIT 50 OFFSET %(offset)s
) m
JOIN models_registry_team t ON t.id = m.team_id
CROSS JOIN LATERAL (
    SELECT v.*, r.number, r.candidate_id
    FROM models_registry_release r
    JOIN governance_stagevisit v ON v.release_id = r.id AND v.left_at IS NULL
    WHERE r.model_id = m.id
    ORDER BY r.number DESC
    LIMIT 1
) v
LEFT JOIN models_registry_modelversion c ON c.id = v.candidate_id
LEFT JOIN governance_stageownership o ON o.visit_id = v.id AND o.until IS NULL
LEFT JOIN models_registry_person p ON p.id = o.owner_id
ORDER BY m.name, m.id;

-- name: holds
SELECT visit_id, started_at, ended_at, reason_code, waits_on, expected_end
FROM governance_hold
WHERE visit_id = ANY(%(visit_id)s)
ORDER BY visit_id, started_at;

-- name: teams
SELECT slug, name FROM models_registry_team ORDER BY name, id LIMIT 500;
