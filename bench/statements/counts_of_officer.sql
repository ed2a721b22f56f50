-- The same counts for somebody who sees every model, and the first calendar for somebody without a team.

-- name: counts
SELECT
    (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stagevisit v
        WHERE v.left_at IS NULL AND v.state = 'underway' AND v.stalls_at <= %(now)s
          AND NOT EXISTS (SELECT FROM governance_hold h WHERE h.visit_id = v.id AND h.ended_at IS NULL AND h.pauses_clock)
        LIMIT 1000) late)
  + (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stageownership o
        JOIN governance_stagevisit v ON v.id = o.visit_id
        WHERE o.until IS NULL AND o.owner_id IS NULL AND o.stalls_at <= %(now)s
          AND v.left_at IS NULL AND v.state = 'underway'
          AND (v.stalls_at IS NULL OR v.stalls_at > %(now)s
               OR EXISTS (SELECT FROM governance_hold h WHERE h.visit_id = v.id AND h.ended_at IS NULL AND h.pauses_clock))
        LIMIT 1000) abandoned) AS past_budget,
    (SELECT count(*) FROM (
        SELECT 1
        FROM governance_stageownership o
        JOIN governance_stagevisit v ON v.id = o.visit_id
        WHERE o.until IS NULL AND o.owner_id IS NULL AND v.left_at IS NULL AND v.state = 'underway'
        LIMIT 1000) vacant) AS unclaimed,
    (SELECT count(*) FROM (SELECT 1 FROM governance_review w WHERE w.state = 'open' LIMIT 1000) waiting) AS reviews,
    (SELECT count(*) FROM (
        SELECT 1
        FROM tracker_delivery d
        WHERE d.recipient_id = %(person)s AND d.channel = 'inbox' AND d.state = 'delivered' AND d.read_at IS NULL
        LIMIT 1000) letters) AS unread;

-- name: calendar
SELECT id, name, timezone, hours, country, closed_days, always_open, updated_at
FROM models_registry_workcalendar
ORDER BY id
LIMIT 1;
