-- A large portfolio written straight into the tables: the rows keep every constraint, the acts are bypassed.
-- A statement ends with a semicolon at the end of a line; portfolio.py gives the values named in it.

INSERT INTO models_registry_registeredmodel
    (slug, name, team_id, purpose, risk_tier, restricted, personal_data, source, created_by_id, created_at, updated_at)
SELECT 'model-' || n,
       (ARRAY['fraud','churn','demand','claims','credit','route','price','text'])[1 + n %% 8]
           || '-model-' || lpad((n * 7919 %% 1000003)::text, 7, '0'),
       %(team)s + n %% %(teams)s, 'Purpose of model ' || n, (ARRAY['low','medium','high'])[1 + n %% 3],
       n %% 20 = 0, n %% 2 = 0, '', %(person)s + n %% %(people)s,
       now() - make_interval(days => 30 + n %% 600), now() - make_interval(mins => n * 13 %% 700000)
FROM generate_series(1, %(models)s) n;

-- Where each model's release stands: enough of everything that no page is short of rows.
CREATE TEMPORARY TABLE bench_stand ON COMMIT DROP AS
SELECT id AS model_id, CASE
    WHEN id %% 100 < 12 THEN 0 WHEN id %% 100 < 30 THEN 1 WHEN id %% 100 < 42 THEN 2
    WHEN id %% 100 < 58 THEN 3 WHEN id %% 100 < 96 THEN 4 ELSE 5 END AS place,
    id %% 100 < 58 AND id %% 17 = 0 AS killed
FROM models_registry_registeredmodel;

INSERT INTO models_registry_modeltag (model_id, name)
SELECT id, (ARRAY['tabular','vision','text','graph','regulated'])[1 + id %% 5] FROM models_registry_registeredmodel;

INSERT INTO models_registry_release (model_id, number, created_by_id, created_at)
SELECT id, 1, created_by_id, created_at FROM models_registry_registeredmodel;

-- Closed visits: one for each stage behind the release, and a return to validation for most.
INSERT INTO governance_stagevisit
    (release_id, stage, state, tier, policy_id, entered_at, entered_by_id, arrived_by, reason_code, reason,
     dates_estimated, left_at, departure)
SELECT r.id, s.stage, 'underway', m.risk_tier, (SELECT max(id) FROM governance_policy),
       r.created_at + make_interval(days => (s.place * 7)::int), r.created_by_id, 'advanced', '', '',
       false, r.created_at + make_interval(days => (s.place * 7 + 5)::int), 'advanced'
FROM models_registry_registeredmodel m
JOIN models_registry_release r ON r.model_id = m.id
JOIN bench_stand b ON b.model_id = m.id
JOIN (VALUES (0, 'brief'), (1, 'validation'), (1.6, 'validation'), (2, 'compliance_review'), (3, 'deployment'),
             (4, 'live')) s (place, stage) ON s.place < b.place AND (s.place <> 1.6 OR m.id %% 5 < 3);

INSERT INTO governance_stagevisit
    (release_id, stage, state, tier, policy_id, entered_at, entered_by_id, arrived_by, reason_code, reason,
     dates_estimated, departure, stalls_at)
SELECT r.id, (ARRAY['brief','validation','compliance_review','deployment','live','retired'])[1 + b.place],
       CASE WHEN b.killed THEN 'killed' ELSE 'underway' END, m.risk_tier, (SELECT max(id) FROM governance_policy),
       now() - make_interval(hours => (m.id * 31 %% 900)::int), r.created_by_id, 'advanced',
       CASE WHEN b.killed THEN 'no_value' ELSE '' END, CASE WHEN b.killed THEN 'No value.' ELSE '' END, false, '',
       CASE WHEN b.place < 4 AND NOT b.killed THEN now() + make_interval(hours => (240 - m.id * 31 %% 340)::int) END
FROM models_registry_registeredmodel m
JOIN models_registry_release r ON r.model_id = m.id
JOIN bench_stand b ON b.model_id = m.id;

INSERT INTO governance_stageownership (visit_id, owner_id, since, until, began, note, stalls_at)
SELECT id, CASE WHEN left_at IS NULL AND id %% 6 = 0 THEN NULL ELSE entered_by_id END, entered_at, left_at, 'claimed', '',
       CASE WHEN left_at IS NULL AND id %% 6 = 0 THEN entered_at + interval '1 day' END
FROM governance_stagevisit
WHERE state = 'underway' AND stage <> 'retired';

INSERT INTO governance_hold (visit_id, reason_code, reason, waits_on, expected_end, started_at, started_by_id)
SELECT id, 'data_access', 'Waiting for the grant.', 'external', now() + interval '5 days',
       entered_at + interval '1 hour', entered_by_id
FROM governance_stagevisit
WHERE left_at IS NULL AND state = 'underway' AND stage IN ('validation', 'deployment') AND id %% 15 = 0;

INSERT INTO governance_review
    (release_id, visit_id, kind, state, requested_by_id, requested_at, message, due_at, approvals_needed)
SELECT release_id, id, 'approval', 'open', entered_by_id, entered_at, 'Please.', stalls_at, 1
FROM governance_stagevisit
WHERE left_at IS NULL AND state = 'underway' AND stage = 'compliance_review';

INSERT INTO models_registry_brief
    (release_id, number, content, change_reason, author_id, created_at, updated_at, signed_by_id, signed_at, digest)
SELECT id, 1, %(brief)s::jsonb, '', created_by_id, created_at, created_at, created_by_id, created_at, 'sha256:b'
FROM models_registry_release;

INSERT INTO models_registry_evidence
    (release_id, kind, title, source, summary, digest, content_digest, measurements, added_by_id, added_at)
SELECT r.id, k.kind, k.kind || ' of release ' || r.id, 'runs/' || r.id, '', 'sha256:' || md5(r.id || k.kind), '',
       CASE k.kind WHEN 'benchmark' THEN '[{"code":"latency_p95","value":"90","unit":"ms","slice":""}]'
                   ELSE '[]' END::jsonb,
       r.created_by_id, r.created_at
FROM models_registry_release r
CROSS JOIN (VALUES ('training_run'), ('validation_report'), ('benchmark')) k (kind);

INSERT INTO models_registry_costentry
    (release_id, stage, kind, hours, rate, amount, currency, incurred_on, note, entered_by_id, created_at, import_key)
SELECT r.id, 'validation', 'engineering', 20 + r.id %% 40, 95, (20 + r.id %% 40) * 95, 'EUR',
       (r.created_at + make_interval(days => n * 6))::date, '', r.created_by_id, now(), ''
FROM models_registry_release r
CROSS JOIN generate_series(1, 3) n;

INSERT INTO governance_auditevent
    (chain, sequence, at, actor_id, actor_name, act, subject, subject_name, release_id, model_id, detail, previous, hash)
SELECT 'release:' || v.release_id, row_number() OVER (PARTITION BY v.release_id ORDER BY v.entered_at), v.entered_at,
       v.entered_by_id, 'Bench', 'stage.advance', 'release:' || v.release_id, 'Release ' || v.release_id, v.release_id,
       r.model_id, '{}', 'p' || v.id, 'h' || v.id
FROM governance_stagevisit v
JOIN models_registry_release r ON r.id = v.release_id;
