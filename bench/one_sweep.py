"""One turn of one side of the sweep, in a process of its own: ``python -m bench.one_sweep sweep|by_hand|idle|…``.

Prints seconds, and the most memory that the process held, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any, Final

import django

DUE: Final = """
SELECT v.id, v.entered_at, v.stalls_at, o.owner_id, m.team_id, m.restricted, r.number, m.name, p.id, c.always_open
FROM governance_stagevisit v
JOIN governance_stageownership o ON o.visit_id = v.id AND o.until IS NULL
JOIN governance_policy p ON p.id = v.policy_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN models_registry_team t ON t.id = m.team_id
JOIN models_registry_workcalendar c ON c.id = t.calendar_id
WHERE v.left_at IS NULL AND v.notice_at <= %s
"""
LEADS: Final = "SELECT team_id, person_id FROM models_registry_membership WHERE role = 'lead'"
ALERTS: Final = """
INSERT INTO tracker_alert (kind, visit_id, occasion, raised_at, closed_at, closed_because) VALUES %s
ON CONFLICT DO NOTHING RETURNING id, kind, visit_id
"""
HINTS: Final = """
UPDATE governance_stagevisit v SET notice_at = h.notice_at FROM (VALUES %s) h (id, notice_at)
WHERE v.id = h.id AND v.left_at IS NULL
"""
DELIVERY: Final = (
    *("alert_id", "recipient_id", "destination_number", "channel", "key", "state"),
    *("created_at", "next_attempt_at", "attempts", "delivered_at"),
)
SECOND: Final = timedelta(seconds=1)
# Where a sweep finds nothing, each of its sources is asked once.
LOOK_UPS: Final = (
    "SELECT id FROM governance_stagevisit WHERE left_at IS NULL AND notice_at <= %(now)s ORDER BY notice_at LIMIT 5000",
    "SELECT visit_id FROM governance_stageownership WHERE until IS NULL AND notice_at <= %(now)s LIMIT 5000",
    """SELECT DISTINCT a.visit_id FROM tracker_alert a JOIN governance_stagevisit v ON v.id = a.visit_id
       WHERE a.closed_at IS NULL
         AND (v.left_at IS NOT NULL
              OR EXISTS (SELECT 1 FROM governance_hold h WHERE h.visit_id = a.visit_id AND h.ended_at IS NULL)
              OR a.kind LIKE 'vacancy%%'
                 AND NOT EXISTS (SELECT 1 FROM governance_stageownership o
                                 WHERE o.id = a.occasion AND o.until IS NULL AND o.owner_id IS NULL)
              OR v.notice_at > %(now)s
                 AND (a.kind <> 'at_risk' AND v.stalls_at > %(now)s
                      OR a.kind = 'at_risk' AND v.stalls_at > v.notice_at))
       LIMIT 5000""",
    *(
        f"SELECT id FROM governance_{table} x WHERE {condition} AND NOT EXISTS (SELECT 1 FROM tracker_alert a "
        f"WHERE a.visit_id = x.visit_id AND a.kind = '{kind}' AND a.occasion = x.id) LIMIT 500"
        for table, kind, condition in (
            ("nudge", "nudge", "true"),
            ("handoveroffer", "handover_offered", "state = 'open'"),
            ("hold", "hold_overdue", "ended_at IS NULL AND expected_end <= %(now)s"),
            ("review", "review_requested", "state = 'open'"),
        )
    ),
)


def sweep(now: datetime) -> None:
    from tracker.stalls import notice

    notice(now, seconds=3600)


def by_hand(now: datetime) -> None:
    """Select what is due with all that decides on it, and write the same alerts, deliveries and hints."""
    from django.db import connection, transaction
    from psycopg2.extras import execute_values

    from bench.engine import BUDGET
    from tracker.alerts.raising import SETTLING

    with transaction.atomic(), connection.cursor() as wrapped:
        cursor: Any = wrapped.cursor
        cursor.execute(DUE, [now])
        rows = cursor.fetchall()
        cursor.execute(LEADS)
        leads = dict(cursor.fetchall())
        told: dict[tuple[str, int], tuple[int, ...]] = {}
        alerts: list[tuple[object, ...]] = []
        hints: list[tuple[int, datetime]] = []
        for visit, entered, _, owner, team, *_rest in rows:
            past = (now - entered).total_seconds() >= BUDGET
            if past:
                alerts.append(("at_risk", visit, 0, now, now, "overtaken by the next alert"))
            kind = "breached" if past else "at_risk"
            alerts.append((kind, visit, 0, now, None, ""))
            told[kind, visit] = (owner, leads[team]) if past else (owner,)
            hints.append((visit, entered + (BUDGET * (1.5 if past else 1.0)) * SECOND))
        written = execute_values(cursor, ALERTS, alerts, page_size=1000, fetch=True)
        text = StringIO()
        for alert, kind, visit in written:
            for person in told.get((kind, visit), ()):
                for channel in ("inbox", "email"):
                    done = channel == "inbox"
                    cells = (
                        *(alert, person, 0, channel, uuid.uuid4(), "delivered" if done else "waiting", now),
                        *("\\N" if done else now + SETTLING, 0, now if done else "\\N"),
                    )
                    text.write("\t".join(map(str, cells)) + "\n")
        text.seek(0)
        cursor.copy_expert(f"COPY tracker_delivery ({', '.join(DELIVERY)}) FROM STDIN", text)
        execute_values(cursor, HINTS, hints, page_size=1000, template="(%s, %s::timestamptz)")


def idle_by_hand(now: datetime) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in LOOK_UPS:
            cursor.execute(statement, {"now": now})
            cursor.fetchall()


def main() -> None:
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from bench.engine import timed

    sides: dict[str, Callable[[datetime], None]] = {
        "sweep": sweep,
        "by_hand": by_hand,
        "idle": sweep,
        "idle_by_hand": idle_by_hand,
    }
    side = sys.argv[1]
    connection.ensure_connection()
    now = timezone.now()
    turns = [timed(lambda: sides[side](now)) for _ in range(12 if side.startswith("idle") else 1)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": sorted(turns)[len(turns) // 2], "megabytes": peak}))


if __name__ == "__main__":
    main()
