-- What every page reads first: who asks, and their teams with the calendar of each.

-- name: session
SELECT session_data FROM django_session WHERE session_key = %(session)s AND expire_date > now();

-- name: reader
SELECT id, email, full_name, role, timezone, is_active FROM models_registry_person WHERE id = %(person)s;

-- name: memberships
SELECT t.id AS team_id, t.slug, t.name, m.role, c.id AS calendar_id, c.name AS calendar, c.timezone, c.hours, c.country,
       c.closed_days, c.always_open, c.updated_at
FROM models_registry_membership m
JOIN models_registry_team t ON t.id = m.team_id
JOIN models_registry_workcalendar c ON c.id = t.calendar_id
WHERE m.person_id = %(person)s
ORDER BY t.name, m.id;
