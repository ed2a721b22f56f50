"""The visits that a sweep looks at, locked, with all that their clocks ask for: little is read, and nothing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Case, DateTimeField, QuerySet, Value, When, prefetch_related_objects

from governance.models import Hold, Policy, StageOwnership, StageVisit
from models_registry.models import Team
from tracker.alerts.kinds import CLOCK_KINDS
from tracker.alerts.models import Alert

Hint = tuple[datetime | None, datetime | None]
"""The two index columns of a row as they should read: `stalls_at` and `notice_at`."""

_UPDATE: Final = """
UPDATE {table} AS changed SET stalls_at = said.stalls_at, notice_at = said.notice_at
FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS said (id, stalls_at, notice_at)
WHERE changed.id = said.id AND {still_open}
"""
_STILL_OPEN: Final[Mapping[type[StageVisit] | type[StageOwnership], str]] = {
    StageVisit: "changed.left_at IS NULL",
    StageOwnership: "changed.until IS NULL AND changed.owner_id IS NULL",
}


def locked(ids: Collection[int]) -> list[StageVisit]:
    """Those of the visits that nobody else holds at this moment.

    Thousands of them share a few policies, teams and calendars, which are read once, and hardly one has a hold.
    """
    # Not a key lock: rows that point at the visit (an act's, an alert's) may be written meanwhile.
    rows = StageVisit.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    visits = list(rows.select_related("release__model").filter(pk__in=ids).order_by("pk"))
    policies = Policy.objects.in_bulk({visit.policy_id for visit in visits})
    teams = Team.objects.select_related("calendar").in_bulk({visit.release.model.team_id for visit in visits})
    for visit in visits:
        visit.policy = policies[visit.policy_id]
        visit.release.model.team = teams[visit.release.model.team_id]
    _with_holds(visits)
    return visits


def _with_holds(visits: Collection[StageVisit]) -> None:
    held = set(
        Hold.objects.filter(visit__in=[visit.pk for visit in visits]).order_by().values_list("visit_id", flat=True)
    )
    prefetch_related_objects([visit for visit in visits if visit.pk in held], "holds")
    nothing = Hold.objects.none()
    for visit in visits:
        if visit.pk not in held:
            # What a prefetch would leave behind, without a query set for each.
            vars(visit).setdefault("_prefetched_objects_cache", {})["holds"] = nothing


def current_spells(visits: Iterable[StageVisit]) -> dict[int, StageOwnership]:
    """By visit, the spell of ownership or vacancy that has not ended."""
    spells = StageOwnership.objects.filter(visit__in=[visit.pk for visit in visits], until__isnull=True)
    return {spell.visit_id: spell for spell in spells.order_by()}


def clock_alerts(visits: Iterable[StageVisit]) -> Mapping[int, list[Alert]]:
    """By visit, the alerts of its clocks, open and closed."""
    found: defaultdict[int, list[Alert]] = defaultdict(list)
    alerts = Alert.objects.filter(visit__in=[visit.pk for visit in visits], kind__in=CLOCK_KINDS)
    for alert in alerts.order_by():
        found[alert.visit_id].append(alert)
    return found


def save_hints(model: type[StageVisit] | type[StageOwnership], hints: Mapping[int, Hint]) -> None:
    """Write the index columns of rows of one table in one statement, and only where the row is still open."""
    if not hints:
        return
    if connection.vendor == "postgresql":
        statement = _UPDATE.format(table=model._meta.db_table, still_open=_STILL_OPEN[model])
        columns = ([stalls_at for stalls_at, _ in hints.values()], [notice_at for _, notice_at in hints.values()])
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(hints), *columns])
        return
    open_ones: QuerySet[StageVisit] | QuerySet[StageOwnership] = (
        StageVisit.objects.filter(left_at__isnull=True)
        if model is StageVisit
        else StageOwnership.objects.filter(until__isnull=True, owner__isnull=True)
    )
    open_ones.filter(pk__in=list(hints)).update(
        stalls_at=_by_row({pk: stalls_at for pk, (stalls_at, _) in hints.items()}),
        notice_at=_by_row({pk: notice_at for pk, (_, notice_at) in hints.items()}),
    )


def _by_row(values: Mapping[int, datetime | None]) -> Case:
    cases = [When(pk=pk, then=Value(value, DateTimeField())) for pk, value in values.items()]
    return Case(*cases, output_field=DateTimeField())
