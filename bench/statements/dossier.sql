-- Holds and dossiers of what the statements before have shown: the gates look at them.

-- name: holds
SELECT visit_id, started_at, ended_at, reason_code, reason, waits_on, expected_end
FROM governance_hold
WHERE visit_id = ANY(%(visit_id)s)
ORDER BY visit_id, started_at;

-- name: briefs
SELECT release_id, number, content, signed_at
FROM models_registry_brief
WHERE release_id = ANY(%(judged_id)s)
ORDER BY release_id, number DESC;

-- name: evidence
SELECT e.release_id, e.kind, e.title, e.digest, e.measurements, e.added_at, v.number AS candidate
FROM models_registry_evidence e
LEFT JOIN models_registry_modelversion v ON v.id = e.version_id
WHERE e.release_id = ANY(%(judged_id)s)
  AND NOT EXISTS (SELECT FROM models_registry_evidence newer WHERE newer.supersedes_id = e.id)
ORDER BY e.added_at, e.id;

-- name: specifications
SELECT d.release_id, d.number, d.content, p.full_name, p.email
FROM models_registry_deploymentspec d
LEFT JOIN models_registry_person p ON p.id = d.service_owner_id
WHERE d.release_id = ANY(%(judged_id)s)
ORDER BY d.number DESC;

-- name: decisions
SELECT w.release_id, w.state, d.outcome, d.dossier_digest, d.decided_at, p.full_name, p.email
FROM governance_review w
LEFT JOIN governance_decision d ON d.review_id = w.id
LEFT JOIN models_registry_person p ON p.id = d.officer_id
WHERE w.release_id = ANY(%(judged_id)s) AND w.kind = 'approval' AND w.state <> 'rejected'
ORDER BY d.decided_at;
