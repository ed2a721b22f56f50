"""The guards of governance's own tables."""

from __future__ import annotations

from typing import Any

from django.db import connections

from models_registry.triggers import Guard, ReadingGuard, install, remove, write_once

LAW_GUARDS: tuple[Guard, ...] = (
    *write_once("governance_auditevent", "The trail"),
    *write_once("governance_decision", "A decision"),
    *write_once("governance_breakglass", "Broken glass"),
    Guard("governance_policy", "UPDATE", "A published policy is never edited", "OLD.status = 'published'"),
    Guard("governance_policy", "DELETE", "A published policy is never deleted", "OLD.status = 'published'"),
    Guard("governance_stagevisit", "UPDATE", "A closed visit never changes", "OLD.left_at IS NOT NULL"),
    Guard("governance_stagevisit", "DELETE", "A visit is never deleted"),
    Guard("governance_stageownership", "UPDATE", "A past ownership never changes", "OLD.until IS NOT NULL"),
    Guard("governance_stageownership", "DELETE", "An ownership is never deleted"),
    Guard("governance_hold", "UPDATE", "A past hold never changes", "OLD.ended_at IS NOT NULL"),
    Guard("governance_hold", "DELETE", "A hold is never deleted"),
)

CLOCK_GUARDS: tuple[Guard, ...] = (
    *write_once("governance_acknowledgement", "An acknowledgement"),
    Guard("governance_extension", "UPDATE", "A decided extension never changes", "OLD.state <> 'asked'"),
    Guard("governance_extension", "DELETE", "An extension is never deleted"),
    Guard("governance_earlyclaim", "UPDATE", "An ended early claim never changes", "OLD.until IS NOT NULL"),
    Guard("governance_earlyclaim", "DELETE", "An early claim is never deleted"),
)

REVIEW_GUARDS: tuple[Guard, ...] = (
    *write_once("governance_feedback", "Feedback"),
    *write_once("governance_controlverdict", "A verdict on a control"),
    Guard("governance_waiver", "UPDATE", "A waiver that ended never changes", "OLD.ended_at IS NOT NULL"),
    Guard("governance_waiver", "DELETE", "A waiver is never deleted"),
    Guard("governance_finding", "UPDATE", "A closed finding never changes", "OLD.state = 'closed'"),
    Guard("governance_finding", "DELETE", "A finding is never deleted"),
)

# The ties of `governance.four_eyes`, as rows tell of them; a test holds the two together.
_HANDS = """
SELECT 1 FROM governance_review review
JOIN models_registry_release release ON release.id = review.release_id
JOIN models_registry_registeredmodel model ON model.id = release.model_id
LEFT JOIN models_registry_modelversion candidate ON candidate.id = release.candidate_id
WHERE review.id = NEW.review_id AND (
    review.requested_by_id = NEW.officer_id
    OR model.created_by_id = NEW.officer_id
    OR candidate.added_by_id = NEW.officer_id
    OR EXISTS (
        SELECT 1 FROM governance_stageownership spell
        JOIN governance_stagevisit visit ON visit.id = spell.visit_id
        WHERE visit.release_id = release.id AND visit.stage <> 'compliance_review' AND spell.owner_id = NEW.officer_id
    )
    OR EXISTS (
        SELECT 1 FROM governance_earlyclaim ahead
        WHERE ahead.release_id = release.id AND ahead."until" IS NULL AND ahead.person_id = NEW.officer_id
    )
    OR EXISTS (
        SELECT 1 FROM models_registry_brief brief
        WHERE brief.release_id = release.id AND NEW.officer_id IN (brief.author_id, brief.signed_by_id)
    )
    OR EXISTS (
        SELECT 1 FROM models_registry_evidence evidence
        WHERE evidence.release_id = release.id AND evidence.added_by_id = NEW.officer_id
    )
    OR EXISTS (
        SELECT 1 FROM models_registry_riskassessment assessment
        WHERE assessment.model_id = model.id AND assessment.reason <> '' AND assessment.assessed_by_id = NEW.officer_id
    )
    OR EXISTS (
        SELECT 1 FROM governance_auditevent event
        WHERE event.release_id = release.id AND event.act = 'candidate.name' AND event.actor_id = NEW.officer_id
    )
)
"""

HAND_GUARDS: tuple[ReadingGuard, ...] = (
    ReadingGuard(
        "governance_decision",
        "governance_decision_four_eyes",
        "Nobody decides on what they had a hand in",
        _HANDS.strip(),
    ),
)


def step_aside(using: str, **_: Any) -> None:
    """Before migrations: nothing that reads other tables is in their way."""
    remove(HAND_GUARDS, connections[using])


def stand_guard(using: str, **_: Any) -> None:
    """After migrations, and again whenever they run: the guards as the code has them now."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    remove(HAND_GUARDS, connection)
    install([guard for guard in HAND_GUARDS if guard.table in tables], connection)
