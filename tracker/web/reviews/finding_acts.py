"""What the reader may do with each finding of a review; the acts ask again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance import permissions
from governance.models import Finding
from models_registry.vocabulary import FindingState
from tracker.review_desk import ReviewPage


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `acts` are pairs of address and label."""

    finding: Finding
    late: bool
    acts: Sequence[tuple[str, str]]


def finding_rows(page: ReviewPage) -> list[FindingRow]:
    return [
        FindingRow(one, one.state == FindingState.OPEN and one.due_at <= page.now, _acts(one, page))
        for one in page.findings
    ]


def _acts(finding: Finding, page: ReviewPage) -> list[tuple[str, str]]:
    approver = page.approver and finding.owner_id != page.person.pk
    finding.release = page.release
    found = []
    if finding.state == FindingState.OPEN and permissions.allows(permissions.resolve, page.person, finding):
        found.append(("review_finding_resolve", "Resolve"))
    if finding.state == FindingState.OPEN and approver:
        found.append(("review_finding_move", "Move"))
    if finding.state == FindingState.RESOLVED and approver:
        found += [("review_finding_close", "Close"), ("review_finding_reopen", "Reopen")]
    return found
