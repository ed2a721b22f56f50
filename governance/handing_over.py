"""What whoever hands a stage over goes through first. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from models_registry.vocabulary import Stage

CHECKLISTS: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.BRIEF: (
        "The purpose and who asked for it are written down",
        "Open questions on the requirements are named",
        "The data owners know who answers now",
    ),
    Stage.VALIDATION: (
        "Training code, environment and data versions are linked",
        "What was tried and did not work is written down",
        "Open measurements and their limits are named",
    ),
    Stage.COMPLIANCE_REVIEW: (
        "Verdicts given so far have their notes",
        "Open questions to the team are named",
        "Ties of the next officer to the release are ruled out",
    ),
    Stage.DEPLOYMENT: (
        "Access to the cluster, registry and secrets is granted",
        "The runbook and the way back are current",
        "Dashboards and alarms are linked and named",
        "Open changes and their due dates are named",
    ),
    Stage.LIVE: (
        "The on-call rota names the next owner",
        "Open incidents are named",
        "The next retraining and what starts it are named",
    ),
}
"""What a hand-over of each stage begins with; the owner changes it as they like."""

MOST_LINES: Final = 20
LONGEST_LINE: Final = 200


def checklist(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The lines as an offer keeps them, none ticked; empty ones and repetitions are left out."""
    said = dict.fromkeys(" ".join(line.split()) for line in lines)
    return [{"text": line, "done": False} for line in said if line]


def problem(lines: Iterable[str]) -> str:
    """What is wrong with the lines, as a sentence; empty for nothing."""
    found = checklist(lines)
    if len(found) > MOST_LINES:
        return f"Keep the checklist to {MOST_LINES} lines; this one has {len(found)}."
    long = next((number for number, one in enumerate(found, start=1) if len(one["text"]) > LONGEST_LINE), None)
    return f"Keep line {long} of the checklist within {LONGEST_LINE} characters." if long else ""
