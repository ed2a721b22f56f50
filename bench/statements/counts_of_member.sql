-- The counts beside the sidebar's entries, each up to 1,000, of the models that a member may see. The right to see is a
-- scalar subquery and no join, so that each count stops at its thousandth row instead of hashing every model first.

-- name: counts
SELECT
    (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stagevisit v
        WHERE v.left_at IS NULL AND v.state = 'underway' AND v.stalls_at <= %(now)s
          AND NOT EXISTS (SELECT FROM governance_hold h WHERE h.visit_id = v.id AND h.ended_at IS NULL AND h.pauses_clock)
          AND (SELECT NOT m.restricted OR m.team_id = ANY(%(team_id)s)
               FROM models_registry_release r
               JOIN models_registry_registeredmodel m ON m.id = r.model_id
               WHERE r.id = v.release_id)
        LIMIT 1000) late)
  + (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stageownership o
        JOIN governance_stagevisit v ON v.id = o.visit_id
        WHERE o.until IS NULL AND o.owner_id IS NULL AND o.stalls_at <= %(now)s
          AND v.left_at IS NULL AND v.state = 'underway'
          AND (v.stalls_at IS NULL OR v.stalls_at > %(now)s
               OR EXISTS (SELECT FROM governance_hold h WHERE h.visit_id = v.id AND h.ended_at IS NULL AND h.pauses_clock))
          AND (SELECT NOT m.restricted OR m.team_id = ANY(%(team_id)s)
               FROM models_registry_release r
               JOIN models_registry_registeredmodel m ON m.id = r.model_id
               WHERE r.id = v.release_id)
        LIMIT 1000) abandoned) AS past_budget,
    (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stageownership o
        JOIN governance_stagevisit v ON v.id = o.visit_id
        WHERE o.until IS NULL AND o.owner_id IS NULL AND v.left_at IS NULL AND v.state = 'underway'
          AND (SELECT NOT m.restricted OR m.team_id = ANY(%(team_id)s)
               FROM models_registry_release r
               JOIN models_registry_registeredmodel m ON m.id = r.model_id
               WHERE r.id = v.release_id)
        LIMIT 1000) vacant) AS unclaimed,
    (SELECT count(*) FROM (
        SELECT 1
        FROM governance_review w
        WHERE w.state = 'open'
          AND (SELECT NOT m.restricted OR m.team_id = ANY(%(team_id)s)
               FROM models_registry_release r
               JOIN models_registry_registeredmodel m ON m.id = r.model_id
               WHERE r.id = w.release_id)
        LIMIT 1000) waiting) AS reviews,
    (SELECT count(*) FROM (
        SELECT 1
        FROM tracker_delivery d
        JOIN tracker_alert a ON a.id = d.alert_id
        JOIN governance_stagevisit v ON v.id = a.visit_id
        JOIN models_registry_release r ON r.id = v.release_id
        JOIN models_registry_registeredmodel m ON m.id = r.model_id
        WHERE d.recipient_id = %(person)s AND d.channel = 'inbox' AND d.state = 'delivered' AND d.read_at IS NULL
          AND (NOT m.restricted OR m.team_id = ANY(%(team_id)s))
        LIMIT 1000) letters) AS unread;
