"""The stall dashboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.policy import BUDGETED_STAGES
from models_registry.models import Person
from models_registry.vocabulary import RiskTier, Stage, choices
from tracker import formats
from tracker.dashboard import (
    GATE,
    NO_OWNER,
    ORDERS,
    SHOWN,
    Filters,
    StallPage,
    StallRow,
    Standing,
    export_rows,
    read_page,
)
from tracker.dashboard.horizon import Reason
from tracker.web.listing import Listing, Sort, csv_response, filters_of, page_number, sort_of
from tracker.web.pages import page
from tracker.web.stalls.ageing import ageing
from tracker.web.stalls.words import SOON, kpis, lede, where
from tracker.web.viewer import reader

SORTS: Final = (
    ("overrun", "Time past budget"),
    ("cost", "Cost so far"),
    ("name", "Name"),
    ("entered", "Longest in the stage"),
)
KEYS: Final = [
    ("J", "down"),
    ("K", "up"),
    ("Enter", "open"),
    ("N", "nudge"),
    ("R", "reassign"),
    ("H", "hold"),
    ("Y", "acknowledge"),
]
_LABELS: Final = {
    Standing.PAST: ("Past budget", "alert-octagon", "breach"),
    Standing.OVERDUE: ("Hold overdue", "clock-exclamation", "breach"),
    Standing.NEXT: ("Stalls next", "hourglass-high", "risk"),
    Standing.HELD: ("On hold", "player-pause", ""),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one standing that are on this page."""

    standing: Standing
    label: str
    icon: str
    tone: str
    sub: str
    rows: Sequence[StallRow]


@require_safe
def stalls(request: HttpRequest) -> HttpResponseBase:
    """What is stalled; `?format=csv` for all of it."""
    person, now = reader(request), timezone.now()
    filters = Filters(**filters_of(request, "team", "tier", "stage", "owner", "reason", "q", "show"))
    sort = sort_of(request, ORDERS, default="overrun")
    if request.GET.get("format") == "csv":
        return csv_response("stalls", HEADER, exported(export_rows(person, filters, now, order=sort.order[0])))
    found = read_page(person, filters, now, order=sort.order[0], number=page_number(request))
    return page(
        request, "stalls/list.html", {**_figures(request, found), **_list(request, found, filters, sort, person)}
    )


def _figures(request: HttpRequest, found: StallPage) -> dict[str, object]:
    return {
        "in_flight": found.tally.in_flight,
        "lede": lede(found.tally),
        "kpis": kpis(found, lambda change: _address(request, *change.split("=", 1))),
        "ageing": ageing(found.tally, found.horizon.newest),
        "where": where(found.tally),
    }


def _list(request: HttpRequest, found: StallPage, filters: Filters, sort: Sort, person: Person) -> dict[str, object]:
    turned = "-" if sort.flipped else ""
    return {
        "groups": _groups(found),
        "listing": Listing(found.rows, found.number, found.total),
        "views": _views(request, found, filters),
        "filters": filters,
        "filtered": filters.narrows,
        "sort": sort,
        "sorted_by": f"{turned}{sort.key}",
        "sorts": [(f"{turned}{key}" if key == sort.key else key, label) for key, label in SORTS],
        "order_in_words": dict(SORTS)[sort.key].lower(),
        "stages": [(stage.value, stage.label) for stage in (*BUDGETED_STAGES, Stage.LIVE)],
        "tiers": choices(RiskTier),
        "teams": [(team.slug, team.name) for team in found.teams],
        "owners": _owners(found.rows, filters, person),
        "reasons": _reasons(found.horizon.reasons, filters.reason),
        "keys": KEYS,
        "here": request.get_full_path(),
    }


def _groups(found: StallPage) -> list[Group]:
    notes = {
        Standing.PAST: "longest first" if found.tally.past > 1 else "",
        Standing.NEXT: f"budget ends {SOON}, or 80% of it is used",
        Standing.OVERDUE: "the expected end has passed; let it go on, or say until when it waits",
        Standing.HELD: "the cost goes on",
    }
    groups = []
    for standing in SHOWN:
        rows = [row for row in found.rows if row.standing is standing]
        if rows:
            label, icon, tone = _LABELS[standing]
            sub = " · ".join(filter(None, [formats.count(found.tally.count(standing), "release"), notes[standing]]))
            groups.append(Group(standing, label, icon, tone, sub, rows))
    return groups


def _views(request: HttpRequest, found: StallPage, filters: Filters) -> list[dict[str, object]]:
    """All, and each group alone; the other filters stay."""
    shown = (("", "All", found.tally.shown), *((one, _LABELS[one][0], found.tally.count(one)) for one in SHOWN))
    current = filters.show if filters.show in SHOWN else ""
    return [
        {"label": label, "n": count, "current": current == value, "url": _address(request, "show", value)}
        for value, label, count in shown
    ]


def _address(request: HttpRequest, name: str, value: str) -> str:
    """The present address with one thing changed, from its first page."""
    query = request.GET.copy()
    query.pop("page", None)
    query.pop(name, None)
    if value:
        query[name] = value
    return f"?{query.urlencode()}"


def _reasons(known: Sequence[Reason], chosen: str) -> list[tuple[str, str]]:
    """The reasons that are offered, and a retired one that was chosen."""
    shown = [one for one in known if one.offered or one.code == chosen]
    held = [(one.code, f"On hold: {one.label[:1].lower()}{one.label[1:]}") for one in shown]
    return [(NO_OWNER, "No owner"), (GATE, "The gate"), *held]


def _owners(rows: Sequence[StallRow], filters: Filters, person: Person) -> list[tuple[str, str]]:
    """Me, nobody, and who owns something on this page; a filter that found nothing keeps its place."""
    names = {str(row.owner_id): row.owner for row in rows if row.owner_id not in (None, person.pk)}
    if filters.owner and filters.owner not in {"me", "none", *names}:
        names[filters.owner] = "Somebody else"
    return [("me", "Me"), ("none", "No owner"), *sorted(names.items(), key=lambda item: item[1])]


HEADER: Final = (
    "Model", "Release", "Team", "Risk tier", "Stage", "Standing", "Entered", "Date estimated", "Clock",
    "Budget (business days)", "Used (business hours)", "Past budget (business hours)", "Budget ran out or runs out",
    "Owner", "Without an owner (business hours)", "Reason", "Detail", "Waits on", "On hold until", "Broken glass",
    "Cost so far", "Currency", "Cost since the budget ran out", "Costs in other currencies",
)  # fmt: skip


def exported(rows: Iterable[StallRow]) -> Iterator[Sequence[object]]:
    """The cells of each row, in the order of `HEADER`."""
    for row in rows:
        currency, spent = row.spent.total.main or ("", 0)
        since = dict(row.spent.since.amounts)
        others = "; ".join(f"{amount} {other}" for other, amount in row.spent.total.others)
        yield (
            row.model, row.number, row.team, row.tier, row.stage.value, row.standing.value, row.entered_at,
            row.dates_estimated, "vacancy" if row.of_vacancy else "stage", row.budget_days, _hours(row.clock.elapsed),
            _hours(row.clock.overrun), row.clock.stalls_at, row.owner,
            _hours(row.vacancy.elapsed) if row.vacancy else "", row.why.title.rstrip("."), row.why.detail,
            row.why.waits_on, row.hold.expected_end if row.hold else "", row.glass_broken, spent, currency,
            since.get(currency, 0), others,
        )  # fmt: skip


def _hours(seconds: int) -> float:
    return round(seconds / formats.HOUR, 1)
