"""The guards of governance's own tables."""

from __future__ import annotations

from models_registry.triggers import Guard, write_once

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
