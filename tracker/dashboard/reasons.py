"""Why a release stalls, and whom it waits on: the hold, the missing owner, or what the gate still asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from governance.gates import Check, GateReport
from governance.models import Hold, StageOwnership, Tenure
from models_registry.vocabulary import Stage, WaitsOn

NO_OWNER: Final = "no_owner"
GATE: Final = "gate"
FAILING: Final = ("unmet", "stale")
# Of the reasons that an installation begins with; any other has the icon of a hold.
HOLD_ICONS: Final = {
    "data_access": "lock",
    "missing_evidence": "file-alert",
    "waiting_vendor": "building",
    "platform_capacity": "server-2",
    "legal_contract": "file-text",
    "below_threshold": "chart-dots",
    "people_absent": "user-minus",
    "priority_change": "arrows-exchange",
}
_WAITS: Final = {
    WaitsOn.OWNER: "the owner",
    WaitsOn.REVIEWER: "the reviewer",
    WaitsOn.REQUESTER: "the requester",
    WaitsOn.EXTERNAL: "someone outside",
}
# By the start of a check's code: the icon, the words when it fails, the words when nothing is there yet.
_KINDS: Final = (
    ("requirement:", "gauge", "Requirement not met.", "Not measured."),
    ("evidence:", "file-alert", "Evidence does not count.", "Evidence missing."),
    ("approvals", "gavel", "Approval incomplete.", "Approval open."),
    ("candidate", "git-commit", "Candidate unusable.", "No candidate."),
    ("brief_in_force", "file-text", "Brief not in force.", "No brief."),
    ("brief_written", "file-text", "No brief.", "No brief."),
    ("risk_answered", "scale", "Risk questions open.", "Risk questions open."),
    ("brief_signed", "edit", "Brief not signed.", "Brief not signed."),
    ("no_unsigned_amendment", "edit", "Amendment not signed.", "Amendment not signed."),
    ("brief", "file-text", "Brief incomplete.", "Brief incomplete."),
    ("deployment_complete", "server-2", "Specification incomplete.", "Deployment not specified."),
    ("service_owner", "user-question", "No service owner.", "No service owner."),
    ("deployment", "server-2", "Deployment outside the brief.", "Deployment not specified."),
)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason in two breaths: `title` ends with a full stop, `detail` is a sentence.

    `waits_on` names who has to act. `code` is what the reason filter asks for: a hold reason, `no_owner` or `gate`.
    """

    code: str
    icon: str
    title: str
    detail: str
    waits_on: str


def why_held(hold: Hold) -> Why:
    icon = HOLD_ICONS.get(hold.reason_code, "player-pause")
    return Why(hold.reason_code, icon, f"{hold.label}.", hold.reason, _WAITS[WaitsOn(hold.waits_on)])


def why_vacant(spell: StageOwnership) -> Why:
    """Nobody answers; `detail` says how that came about, and `waits_on` who could end it."""
    officers = spell.visit.stage == Stage.COMPLIANCE_REVIEW
    waits_on = "an officer" if officers else str(spell.visit.release.model.team)
    return Why(NO_OWNER, "user-question", "No owner.", _how_it_fell_vacant(spell), waits_on)


def _how_it_fell_vacant(spell: StageOwnership) -> str:
    said = f": {spell.note}" if spell.note else "."
    if spell.began == Tenure.STEPPED_DOWN and spell.given_by is not None:
        return f"{spell.given_by} stepped down{said}"
    if spell.began == Tenure.DEACTIVATED:
        return "Its owner left the organisation."
    if spell.began == Tenure.UNFIT:
        return f"Its owner may own it no longer{said}"
    if spell.began == Tenure.IMPORTED:
        return "The imported inventory names nobody."
    stage = Stage(spell.visit.stage)
    if stage is Stage.LIVE:
        return "It is live and nobody serves it."
    return f"Nobody has claimed it since it came to {stage.label.lower()}."


def why_shut(report: GateReport, owner: str, team: str, *, changes_asked: str = "") -> Why:
    """The most telling thing that the gate still asks for: what fails goes before what is only missing.

    `changes_asked`: what an officer wrote who asked for changes; told while no review is open.
    """
    if report.target is None:
        return Why(GATE, "circle-check", "Nothing is asked for.", "No gate lies ahead.", "")
    if report.complete:
        move = f"Every check is met; only the move to {report.target.label.lower()} is left."
        return Why(GATE, "arrow-narrow-right", "Ready to move.", move, owner)
    check = telling(report)
    if changes_asked and check.action == "request_review":
        return Why(GATE, "arrow-back-up", "Changes requested.", changes_asked, team)
    icon, title = _words(check)
    named = check.code.startswith("evidence:") and check.state == "missing"
    detail = f"{check.title}: {_lowered(check.reason)}" if named else check.reason
    return Why(GATE, icon, title, detail, _who(check, owner, team))


def telling(report: GateReport) -> Check:
    """The unmet check that says most; the report has one."""
    failing = (check for check in report.unmet if check.state in FAILING)
    return next(failing, report.unmet[0])


def _words(check: Check) -> tuple[str, str]:
    for start, icon, failing, absent in _KINDS:
        if check.code.startswith(start):
            return icon, failing if check.state in FAILING else absent
    return "list-check", f"{check.title}."


def _lowered(sentence: str) -> str:
    first, rest = sentence[:1], sentence[1:]
    return f"{first.lower()}{rest}" if rest[:1].islower() or rest[:1] == " " else sentence


def _who(check: Check, owner: str, team: str) -> str:
    return {"owner": owner, "team": team, "compliance officer": "an officer"}.get(check.owes, check.owes)
