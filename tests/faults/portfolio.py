"""An organisation and its work, written straight into the tables: walking acts would take longer than the faults.

The calendar never closes, so that what a clock says can be told by subtraction.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.policy import DEFAULT_RULES
from tests.faults.servers import Tables

TEAMS: Final = 6
TEAM: Final = 5  # people, the first of whom leads it
PASSWORD: Final = "the faults are planted"
BUDGET_DAYS: Final = 5  # of a brief, by the default policy
VACANCY_DAYS: Final = 1

ORGANISATION: Final = """
INSERT INTO governance_policy (version, note, status, rules, created_at, updated_at, published_at)
VALUES (1, 'Faults.', 'published', %(rules)s, %(long_ago)s, %(long_ago)s, %(long_ago)s);

INSERT INTO models_registry_workcalendar (name, timezone, hours, country, closed_days, always_open, updated_at)
VALUES ('Always', 'UTC', '{}', '', '[]', true, %(long_ago)s);

INSERT INTO models_registry_team (slug, name, division, hourly_rate, currency, created_at, calendar_id)
SELECT 'team-' || n, 'Team ' || n, '', 0, 'EUR', %(long_ago)s, (SELECT max(id) FROM models_registry_workcalendar)
FROM generate_series(1, %(teams)s) n;

INSERT INTO models_registry_person
    (password, is_superuser, email, full_name, role, timezone, is_active, joined_at, skills)
SELECT %(password)s, false, 'person' || n || '@faults.example', 'Person ' || n, 'member', 'UTC', true, %(long_ago)s,
       '["pipeline", "serving", "monitoring", "retraining"]'
FROM generate_series(0, %(teams)s * %(team)s - 1) n;

INSERT INTO models_registry_membership (role, person_id, team_id)
SELECT CASE WHEN n %% %(team)s = 0 THEN 'lead' ELSE 'engineer' END,
       (SELECT id FROM models_registry_person WHERE email = 'person' || n || '@faults.example'),
       (SELECT id FROM models_registry_team WHERE slug = 'team-' || 1 + n / %(team)s)
FROM generate_series(0, %(teams)s * %(team)s - 1) n;
"""

# So many visits of each of three sorts: past the budget, at risk, and without an owner since just now.
WORK: Final = """
CREATE TEMPORARY TABLE work AS
WITH people AS (
    SELECT team_id, array_agg(person_id ORDER BY person_id) FILTER (WHERE role = 'engineer') AS engineers
    FROM models_registry_membership GROUP BY team_id
), teams AS (
    SELECT *, row_number() OVER (ORDER BY team_id) AS place FROM people
)
SELECT n, sort, team_id, engineers[1 + n / %(teams)s %% array_length(engineers, 1)] AS owner_id,
       %(now)s - make_interval(secs => CASE sort WHEN 'past' THEN %(past)s WHEN 'risk' THEN %(risk)s ELSE 60 END)
           AS entered_at
FROM (SELECT n, (ARRAY['past', 'risk', 'vacant'])[1 + n %% 3] AS sort FROM generate_series(0, %(count)s - 1) n) numbered
JOIN teams ON place = 1 + (n / 3) %% %(teams)s;

INSERT INTO models_registry_registeredmodel
    (slug, name, purpose, risk_tier, restricted, source, created_at, updated_at, team_id)
SELECT %(round)s || '-' || n, 'Model ' || %(round)s || '-' || n, 'To fail.', 'low', false, '', entered_at, entered_at,
       team_id
FROM work;

INSERT INTO models_registry_release (number, created_at, model_id)
SELECT 1, m.created_at, m.id FROM models_registry_registeredmodel m JOIN work ON m.slug = %(round)s || '-' || n;

INSERT INTO governance_stagevisit
    (stage, state, tier, entered_at, arrived_by, reason_code, reason, dates_estimated, departure, stalls_at, notice_at,
     policy_id, release_id)
SELECT 'brief', 'underway', 'low', m.created_at, '', '', '', false, '',
       m.created_at + make_interval(secs => %(budget)s), m.created_at + make_interval(secs => %(budget)s * 0.8),
       (SELECT max(id) FROM governance_policy), r.id
FROM work
JOIN models_registry_registeredmodel m ON m.slug = %(round)s || '-' || n
JOIN models_registry_release r ON r.model_id = m.id;

INSERT INTO governance_stageownership (since, began, note, stalls_at, notice_at, owner_id, visit_id)
SELECT w.entered_at, 'entered', '',
       CASE sort WHEN 'vacant' THEN w.entered_at + make_interval(secs => %(vacancy)s) END,
       CASE sort WHEN 'vacant' THEN w.entered_at END,
       CASE WHEN sort <> 'vacant' THEN w.owner_id END, v.id
FROM work w
JOIN models_registry_registeredmodel m ON m.slug = %(round)s || '-' || n
JOIN models_registry_release r ON r.model_id = m.id
JOIN governance_stagevisit v ON v.release_id = r.id;

DROP TABLE work;
"""

_DAY: Final = 24 * 3600
BUDGET: Final = BUDGET_DAYS * _DAY  # seconds
VACANCY: Final = VACANCY_DAYS * _DAY


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    password: str = PASSWORD


def found(tables: Tables, now: datetime) -> None:
    """Write the organisation into empty tables."""
    values = {
        "rules": json.dumps(DEFAULT_RULES),
        "long_ago": now.replace(year=now.year - 1, day=1),
        "teams": TEAMS,
        "team": TEAM,
        "password": _hashed(PASSWORD),
    }
    tables.do(ORGANISATION, values)


def work_values(name: str, count: int, now: datetime) -> dict[str, str | int | float | datetime]:
    """What `WORK` asks for: a third of the visits past the budget, a third at risk, a third without an owner."""
    return {
        "round": name,
        "count": count,
        "teams": TEAMS,
        "now": now,
        "budget": BUDGET,
        "vacancy": VACANCY,
        "past": BUDGET * 1.02,
        "risk": BUDGET * 0.82,
    }


def engineers() -> list[Person]:
    return [Person(f"person{n}@faults.example") for n in range(TEAMS * TEAM) if n % TEAM]


def _hashed(password: str) -> str:
    """As Django keeps it, with few rounds: nobody attacks this."""
    salt, rounds = "faults", 1000
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"
