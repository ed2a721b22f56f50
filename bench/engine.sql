-- Open visits and nothing else: so many that an index decides, of which a few are due. The acts are bypassed.
-- A statement ends with a semicolon at the end of a line; engine.py gives the values named in it.

INSERT INTO models_registry_registeredmodel
    (slug, name, team_id, purpose, risk_tier, restricted, source, created_by_id, created_at, updated_at)
SELECT 'model-' || n, 'model-' || lpad((n::bigint * 7919 %% 10000019)::text, 8, '0'), %(team)s + n %% %(teams)s, '', 'low', false, '',
       %(person)s + (n %% %(teams)s) * %(team_size)s + 1 + (n / %(teams)s) %% (%(team_size)s - 1), now(), now()
FROM generate_series(1, %(visits)s) n;

INSERT INTO models_registry_release (model_id, number, created_by_id, created_at)
SELECT id, 1, created_by_id, created_at FROM models_registry_registeredmodel;

-- Every hundredth is due: half of these at risk, half past their budget. The others are spread over what is to come.
INSERT INTO governance_stagevisit
    (release_id, stage, state, tier, policy_id, entered_at, entered_by_id, arrived_by, reason_code, reason,
     dates_estimated, departure, stalls_at, notice_at)
SELECT id, 'brief', 'underway', 'low', (SELECT max(id) FROM governance_policy), entered_at, created_by_id, '', '', '',
       false, '', entered_at + make_interval(secs => %(budget)s),
       entered_at + make_interval(secs => %(budget)s * 0.8)
FROM (
    SELECT id, created_by_id, date_trunc('second', now()) - make_interval(secs => %(budget)s * CASE
        WHEN id %% 200 = 0 THEN 1.1 WHEN id %% 100 = 0 THEN 0.9 ELSE (id %% 7000) / 10000.0 END) AS entered_at
    FROM models_registry_release
) r;

INSERT INTO governance_stageownership (visit_id, owner_id, since, began, note)
SELECT id, entered_by_id, entered_at, 'entered', '' FROM governance_stagevisit;
