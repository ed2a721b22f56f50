-- A large portfolio written straight into the tables: the rows keep every constraint, the acts are bypassed.
-- A statement ends with a semicolon at the end of a line; portfolio.py gives the values named in it.

-- Each model belongs to a team in turn, and to one of the team's eight people.
INSERT INTO models_registry_registeredmodel
    (slug, name, team_id, purpose, risk_tier, restricted, personal_data, source, created_by_id, created_at, updated_at)
SELECT 'model-' || n,
       (ARRAY['fraud','churn','demand','claims','credit','route','price','text'])[1 + n %% 8]
           || '-model-' || lpad((n * 7919 %% 1000003)::text, 7, '0'),
       %(team)s + n %% %(teams)s, 'Purpose of model ' || n, (ARRAY['low','medium','high'])[1 + n %% 3],
       n %% 20 = 0, n %% 2 = 0, '',
       %(person)s + (n %% %(teams)s) * %(team_size)s + (n / %(teams)s) %% %(team_size)s,
       now() - make_interval(days => 30 + n %% 600), now() - make_interval(mins => n * 13 %% 700000)
FROM generate_series(1, %(models)s) n;

-- Where each model's release stands: enough of everything that no page is short of rows.
CREATE TEMPORARY TABLE bench_stand ON COMMIT DROP AS
SELECT id AS model_id, place, id %% 100 < 58 AND id %% 17 = 0 AS killed, id %% 15 = 0 AND place IN (1, 3) AS held,
       id %% 6 = 0 AS vacant,
       now() - make_interval(hours => (id * 31 %% 900)::int) AS entered_at
FROM (
    SELECT id, CASE
        WHEN id %% 100 < 12 THEN 0 WHEN id %% 100 < 30 THEN 1 WHEN id %% 100 < 42 THEN 2
        WHEN id %% 100 < 58 THEN 3 WHEN id %% 100 < 96 THEN 4 ELSE 5 END AS place
    FROM models_registry_registeredmodel
) placed;

INSERT INTO models_registry_modeltag (model_id, name)
SELECT id, (ARRAY['tabular','vision','text','graph','regulated'])[1 + id %% 5] FROM models_registry_registeredmodel;

INSERT INTO models_registry_modelversion
    (model_id, number, uri, digest, source_run, signature, metrics, added_by_id, added_at)
SELECT m.id, 1, 'models/' || m.slug || '/1', 'sha256:' || md5(m.slug), 'runs/' || m.id, '{}', '{"auc": 0.93}',
       m.created_by_id, m.created_at
FROM models_registry_registeredmodel m
JOIN bench_stand b ON b.model_id = m.id AND b.place >= 1;

INSERT INTO models_registry_release (model_id, number, candidate_id, created_by_id, created_at)
SELECT m.id, 1, v.id, m.created_by_id, m.created_at
FROM models_registry_registeredmodel m
LEFT JOIN models_registry_modelversion v ON v.model_id = m.id;

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

-- Open visits, entered within the last 900 hours; a hold that began in time leaves no moment at which they stall.
INSERT INTO governance_stagevisit
    (release_id, stage, state, tier, policy_id, entered_at, entered_by_id, arrived_by, reason_code, reason,
     dates_estimated, departure, stalls_at, notice_at)
SELECT r.id, (ARRAY['brief','validation','compliance_review','deployment','live','retired'])[1 + b.place],
       CASE WHEN b.killed THEN 'killed' ELSE 'underway' END, m.risk_tier, (SELECT max(id) FROM governance_policy),
       b.entered_at, r.created_by_id, 'advanced', CASE WHEN b.killed THEN 'no_value' ELSE '' END,
       CASE WHEN b.killed THEN 'No value.' ELSE '' END, false, '',
       CASE WHEN b.place < 4 AND NOT b.killed AND NOT b.held THEN b.entered_at + interval '10 days' END,
       CASE WHEN b.place < 4 AND NOT b.killed AND NOT b.held THEN b.entered_at + interval '8 days' END
FROM models_registry_registeredmodel m
JOIN models_registry_release r ON r.model_id = m.id
JOIN bench_stand b ON b.model_id = m.id;

-- Reviews belong to officers, everything else to the team.
CREATE TEMPORARY TABLE bench_visit ON COMMIT DROP AS
SELECT v.id, v.release_id, v.stage, v.entered_at, v.left_at, v.stalls_at, b.held, b.vacant AND v.left_at IS NULL AS vacant,
       v.entered_at + (now() - v.entered_at) / 2 AS stepped_down, v.entered_by_id,
       CASE WHEN v.stage = 'compliance_review' THEN %(officer)s + v.id %% %(officers)s ELSE v.entered_by_id END AS owner_id
FROM governance_stagevisit v
JOIN models_registry_release r ON r.id = v.release_id
JOIN bench_stand b ON b.model_id = r.model_id
WHERE v.state = 'underway' AND v.stage <> 'retired';

INSERT INTO governance_stageownership (visit_id, owner_id, since, until, began, note)
SELECT id, owner_id, entered_at, CASE WHEN vacant THEN stepped_down ELSE left_at END, 'claimed', '' FROM bench_visit;

INSERT INTO governance_stageownership (visit_id, owner_id, since, began, note, stalls_at, notice_at)
SELECT id, NULL, stepped_down, 'stepped_down', '', stepped_down + interval '1 day', stepped_down
FROM bench_visit
WHERE vacant;

INSERT INTO governance_hold
    (visit_id, reason_code, reason, waits_on, expected_end, started_at, started_by_id, pauses_clock)
SELECT id, 'data_access', 'Waiting for the grant.', 'external', now() + interval '5 days',
       entered_at + interval '1 hour', entered_by_id, true
FROM bench_visit
WHERE held AND left_at IS NULL AND stage IN ('validation', 'deployment');

INSERT INTO governance_review
    (release_id, visit_id, kind, state, requested_by_id, requested_at, message, due_at, approvals_needed, closed_at,
     quorums, feedback_groups, ended_because)
SELECT release_id, id, 'approval', CASE WHEN left_at IS NULL THEN 'open' ELSE 'approved' END, entered_by_id, entered_at,
       'Please.', coalesce(stalls_at, entered_at + interval '10 days'), 1, left_at,
       '[{"group": "compliance-officers", "quorum": 1}]'::jsonb, '[]'::jsonb, ''
FROM bench_visit
WHERE stage = 'compliance_review';

-- What the guard of decisions looks up is new: without statistics each of many thousands would read it all.
ANALYZE;

INSERT INTO governance_decision
    (review_id, officer_id, outcome, reason, dossier_digest, decided_at, requester_id, release_owner_id, brief_author_id,
     groups, controls, signature)
SELECT r.id, v.owner_id, 'approve', 'Everything asked for is there.', 'sha256:' || md5(r.id::text), r.closed_at,
       r.requested_by_id, r.requested_by_id, r.requested_by_id,
       '["compliance-officers"]'::jsonb, '{}'::jsonb, '{}'::jsonb
FROM governance_review r
JOIN bench_visit v ON v.id = r.visit_id
WHERE r.state = 'approved';

INSERT INTO models_registry_brief
    (release_id, number, content, change_reason, author_id, created_at, updated_at, signed_by_id, signed_at, digest)
SELECT id, 1, %(brief)s::jsonb, '', created_by_id, created_at, created_at, created_by_id, created_at, 'sha256:b'
FROM models_registry_release;

INSERT INTO models_registry_evidence
    (release_id, kind, title, source, summary, digest, content_digest, measurements, version_id, added_by_id, added_at,
     detail)
SELECT r.id, k.kind, k.kind || ' of release ' || r.id, 'runs/' || r.id, '', 'sha256:' || md5(r.id || k.kind), '',
       CASE k.kind WHEN 'benchmark' THEN %(measured)s ELSE '[]' END::jsonb, r.candidate_id, r.created_by_id, r.created_at,
       '{}'::jsonb
FROM models_registry_release r
CROSS JOIN (VALUES ('training_run'), ('validation_report'), ('benchmark')) k (kind);

INSERT INTO models_registry_deploymentspec (release_id, number, content, service_owner_id, author_id, created_at)
SELECT r.id, 1, %(deployment)s::jsonb, r.created_by_id, r.created_by_id, r.created_at
FROM models_registry_release r
JOIN bench_stand b ON b.model_id = r.model_id AND b.place >= 3;

INSERT INTO models_registry_costentry
    (release_id, stage, kind, hours, rate, amount, currency, incurred_on, note, entered_by_id, created_at, import_key)
SELECT r.id, 'validation', 'engineering', 20 + r.id %% 40, 95, (20 + r.id %% 40) * 95,
       CASE WHEN n = 3 AND r.id %% 10 = 0 THEN 'USD' ELSE 'EUR' END,
       (r.created_at + make_interval(days => n * 6))::date, '', r.created_by_id, now(), ''
FROM models_registry_release r
CROSS JOIN generate_series(1, 3) n;

-- What is past its budget was told to whoever answers for it; every second letter is still unread.
INSERT INTO tracker_alert (visit_id, kind, occasion, raised_at, closed_because)
SELECT id, 'breached', 0, stalls_at, '' FROM bench_visit WHERE left_at IS NULL AND stalls_at <= now();

INSERT INTO tracker_delivery
    (alert_id, recipient_id, channel, key, state, attempts, created_at, delivered_at, read_at, destination_number)
SELECT a.id, v.owner_id, 'inbox', gen_random_uuid(), 'delivered', 1, a.raised_at, a.raised_at,
       CASE WHEN a.id %% 2 = 0 THEN a.raised_at + interval '1 hour' END, 0
FROM tracker_alert a
JOIN bench_visit v ON v.id = a.visit_id;

INSERT INTO governance_auditevent
    (chain, sequence, at, actor_id, actor_name, act, subject, subject_name, release_id, model_id, detail, previous, hash)
SELECT 'release:' || v.release_id, row_number() OVER (PARTITION BY v.release_id ORDER BY v.entered_at), v.entered_at,
       v.entered_by_id, 'Bench', 'stage.advance', 'release:' || v.release_id, 'Release ' || v.release_id, v.release_id,
       r.model_id, '{}', 'p' || v.id, 'h' || v.id
FROM governance_stagevisit v
JOIN models_registry_release r ON r.id = v.release_id;

-- Who named the candidate of each release: nobody reviews what they chose themselves.
INSERT INTO governance_auditevent
    (chain, sequence, at, actor_id, actor_name, act, subject, subject_name, release_id, model_id, detail, previous, hash)
SELECT 'release:' || r.id, 0, r.created_at, r.created_by_id, 'Bench', 'candidate.name', 'release:' || r.id,
       'Release ' || r.id, r.id, r.model_id, '{}', 'named-p' || r.id, 'named-h' || r.id
FROM models_registry_release r
WHERE r.candidate_id IS NOT NULL;
