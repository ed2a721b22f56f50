"""What must hold after every fault, asked of the tables and of what arrived."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.plant import Plant
from tests.faults.portfolio import BUDGET, VACANCY

# The rungs that each clock has reached, and the alerts that there are of each.
RUNGS: Final = """
WITH rung (percent, of_stage, of_vacancy) AS (
    VALUES (80, 'at_risk', 'vacancy_at_risk'), (100, 'breached', 'vacancy_breached'),
           (150, 'escalated', 'vacancy_escalated'), (200, 'escalated_again', 'vacancy_escalated_again')
), owed AS (
    SELECT v.id AS visit_id, of_stage AS kind, 0::bigint AS occasion
    FROM governance_stagevisit v
    JOIN rung ON v.entered_at + make_interval(secs => %(budget)s * percent / 100.0) <= %(now)s
    WHERE v.left_at IS NULL
    UNION ALL
    SELECT o.visit_id, of_vacancy, o.id
    FROM governance_stageownership o
    JOIN rung ON o.since + make_interval(secs => %(vacancy)s * percent / 100.0) <= %(now)s
    WHERE o.until IS NULL AND o.owner_id IS NULL
    UNION ALL
    SELECT o.visit_id, 'vacancy_open', o.id
    FROM governance_stageownership o
    WHERE o.until IS NULL AND o.owner_id IS NULL
)
SELECT visit_id, kind, occasion, count(a.id)
FROM owed LEFT JOIN tracker_alert a USING (visit_id, kind, occasion)
GROUP BY 1, 2, 3 HAVING count(a.id) <> 1
"""
DOUBLED_ALERTS: Final = """
SELECT visit_id, kind, occasion FROM tracker_alert GROUP BY visit_id, kind, occasion, about_at HAVING count(*) > 1
"""
DOUBLED_DELIVERIES: Final = """
SELECT a.visit_id, a.kind, d.recipient_id, d.channel, d.destination_number
FROM tracker_delivery d JOIN tracker_alert a ON a.id = d.alert_id
GROUP BY a.visit_id, a.kind, a.occasion, a.about_at, d.recipient_id, d.channel, d.destination_number
HAVING count(*) > 1
"""
# Of what was past its budget or at risk when it was seen, the owner has to hear in the inbox and by mail.
UNTOLD: Final = """
SELECT a.visit_id, a.kind, o.owner_id, channel
FROM tracker_alert a
JOIN governance_stageownership o ON o.visit_id = a.visit_id AND o.until IS NULL AND o.began = 'entered'
CROSS JOIN (VALUES ('inbox'), ('email')) c (channel)
WHERE a.kind IN ('at_risk', 'breached') AND o.owner_id IS NOT NULL AND a.closed_because <> 'overtaken by the next alert'
  AND NOT EXISTS (SELECT 1 FROM tracker_delivery d
                  WHERE d.alert_id = a.id AND d.recipient_id = o.owner_id AND d.channel = c.channel)
"""
UNENDED: Final = "SELECT id, channel, state FROM tracker_delivery WHERE state NOT IN ('delivered', 'cancelled')"
CLOCKLESS: Final = """
SELECT v.id FROM governance_stagevisit v
WHERE v.left_at IS NULL
  AND (abs(extract(epoch FROM v.stalls_at - v.entered_at) - %(budget)s) < 2 IS NOT TRUE
       OR v.notice_at IS NULL AND v.entered_at + make_interval(secs => %(budget)s * 2.0) > %(now)s
       OR (SELECT count(*) FROM governance_stageownership o WHERE o.visit_id = v.id AND o.until IS NULL) <> 1)
UNION
SELECT o.visit_id FROM governance_stageownership o
WHERE o.until IS NULL AND o.owner_id IS NULL
  AND abs(extract(epoch FROM o.stalls_at - o.since) - %(vacancy)s) < 2 IS NOT TRUE
"""
# And so does the webhook of the team, unless the alert was over before anybody was told.
UNPOSTED: Final = """
SELECT a.visit_id, a.kind
FROM tracker_alert a
JOIN governance_stagevisit v ON v.id = a.visit_id
JOIN models_registry_release r ON r.id = v.release_id
JOIN models_registry_registeredmodel m ON m.id = r.model_id
JOIN tracker_destination t ON t.team_id = m.team_id
WHERE a.kind IN ('at_risk', 'breached', 'vacancy_open') AND a.closed_because <> 'overtaken by the next alert'
  AND NOT EXISTS (SELECT 1 FROM tracker_delivery d WHERE d.alert_id = a.id AND d.destination_number = t.id)
"""
SENT: Final = """
SELECT d.key::text, b.key::text, d.state
FROM tracker_delivery d LEFT JOIN tracker_bundle b ON b.id = d.bundle_id WHERE d.channel = %s
"""


@dataclass
class Verdict:
    """What was found wrong: nothing, when all is well. `repeated`: messages that came twice under the same key."""

    alerts: int = 0
    deliveries: int = 0
    messages: int = 0
    repeated: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.broken)

    def __str__(self) -> str:
        found = [*self.lost[:5], *self.doubled[:5], *self.broken[:5]]
        counts = f"lost {len(self.lost)}, doubled {len(self.doubled)}, broken {len(self.broken)}"
        return counts if self.holds else f"{counts}: {'; '.join(found)}"


def judge(plant: Plant) -> Verdict:
    """Ask everything of a plant that has settled."""
    values = {"now": plant.now, "budget": BUDGET, "vacancy": VACANCY}
    tables, verdict = plant.tables, Verdict()
    verdict.alerts = tables.one("SELECT count(*) FROM tracker_alert")
    verdict.deliveries = tables.one("SELECT count(*) FROM tracker_delivery")
    for visit, kind, occasion, count in tables.rows(RUNGS, values):
        there = verdict.doubled if count else verdict.lost
        there.append(f"{count} alerts {kind}/{occasion} of visit {visit}")
    verdict.doubled += [f"alert {row}" for row in tables.rows(DOUBLED_ALERTS)]
    verdict.doubled += [f"delivery {row}" for row in tables.rows(DOUBLED_DELIVERIES)]
    verdict.lost += [f"untold {row}" for row in tables.rows(UNTOLD)]
    verdict.lost += [f"unsent {row}" for row in tables.rows(UNENDED)]
    verdict.broken += [f"clock of visit {visit}" for (visit,) in tables.rows(CLOCKLESS, values)]
    verdict.lost += plant.claims_lost
    verdict.lost += [f"unposted {row}" for row in tables.rows(UNPOSTED)]
    verdict.broken += [f"signature of {key}" for key in plant.web.unsigned()]
    _compare(tables.rows(SENT, ["email"]), plant.mail.keys, verdict)
    _compare(tables.rows(SENT, ["webhook"]), plant.web.taken(), verdict)
    if flaw := plant.verify_trail():
        verdict.broken.append(flaw)
    return verdict


def _compare(rows: list[tuple[Any, ...]], arrived: Counter[str], verdict: Verdict) -> None:
    """What the tables call delivered has arrived under its own key, and nothing arrived under another one."""
    final = {bundle or own for own, bundle, _ in rows}
    verdict.messages += len(arrived)
    verdict.repeated += sum(count - 1 for count in arrived.values())
    verdict.lost += [
        f"never arrived: {own}"
        for own, bundle, state in rows
        if state == "delivered" and (bundle or own) not in arrived
    ]
    verdict.doubled += [f"sent alone and in a bundle: {own}" for own, bundle, _ in rows if bundle and own in arrived]
    verdict.doubled += [f"under an unknown key: {key}" for key in arrived.keys() - final - {own for own, *_ in rows}]
