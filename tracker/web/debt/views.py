"""Governance debt over releases: what policy and brief ask up to live, and who owes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.gate_facts import OFFICER, OWNER, TEAM
from tracker.debts import STAGES, Asked, DebtRow, debt_page, every_debt
from tracker.web.listing import Listing, csv_response, filters_of, page_number, sort_of
from tracker.web.pages import page
from tracker.web.viewer import reader

SIZE: Final = 25
SORTS: Final = {"owed": "-owed", "next": "-next"}
OWING: Final = ((OWNER, "The owner"), (TEAM, "The team"), (OFFICER, "A compliance officer"))
HEADER: Final = (
    "Model", "Release", "Team", "Risk tier", "Stage", "Owner", "Check", "State", "What is owed", "Owed by",
)  # fmt: skip


@require_safe
def debt(request: HttpRequest) -> HttpResponseBase:
    """The releases that owe the most first; `?format=csv` for every check that is owed, a line each."""
    person, now = reader(request), timezone.now()
    filters = filters_of(request, "team", "stage", "owes")
    asked = Asked(
        team=filters["team"],
        stage=filters["stage"] if filters["stage"] in set(STAGES) else "",
        owes=filters["owes"] if filters["owes"] in dict(OWING) else "",
    )
    if request.GET.get("format") == "csv":
        return csv_response("governance-debt", HEADER, _lines(every_debt(person, asked, now)))
    sort = sort_of(request, SORTS, default="owed")
    found = debt_page(
        person, asked, now, page_number(request), SIZE, by_next=sort.key == "next", least=not sort.descending
    )
    context = {
        "listing": Listing(found.rows, found.number, found.total, SIZE),
        "found": found,
        "filters": filters,
        "sort": sort,
        "asks": asked.narrows,
        "stages": [(stage.value, stage.label) for stage in STAGES],
        "owing": OWING,
        "keys": [("J", "next release"), ("K", "previous"), ("Enter", "open")],
    }
    return page(request, "debt/debt.html", context)


def _lines(rows: Iterable[DebtRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        at = (row.name, row.number, row.team, row.tier, row.stage.label, row.owner or "nobody")
        for check in row.debt.owed:
            yield (*at, check.title, check.state, check.reason, row.who(check))
        for lapse in row.debt.lapses:
            yield (
                *at,
                "Grant about to lapse",
                "soon",
                f"{lapse.title} counts until {lapse.at.isoformat()}.",
                row.owner or "nobody",
            )
