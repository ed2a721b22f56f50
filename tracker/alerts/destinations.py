"""Which chats, pagers and webhooks hear of an alert: their people's own, and those of the team whose model it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.models import StageVisit
from models_registry.vocabulary import AlertKind, Rung
from tracker.alerts.endings import Ending
from tracker.alerts.kinds import INBOX_ONLY, PERSONAL, RUNG_OF
from tracker.alerts.models import Channel, Destination

if TYPE_CHECKING:
    from tracker.alerts.raising import Raising


@dataclass(frozen=True, slots=True)
class Hearing:
    """One destination that hears of an alert. `person` is None where it is a team's."""

    destination: int
    channel: Channel
    person: int | None


def wants(least: str, kind: AlertKind) -> bool:
    """Whether a destination that hears of a clock's rungs from `least` on hears of this kind; empty: of everything."""
    if not least or kind == AlertKind.MOVING_AGAIN:
        return True
    return kind in RUNG_OF and RUNG_OF[kind].percent >= Rung(least).percent


def heard_at(raisings: Collection[Raising]) -> Iterator[tuple[Raising, Hearing]]:
    """For each alert that tells somebody, the destinations that hear of it; two queries, whatever their number."""
    told = {person for raising in raisings for person in raising.told}
    of_people: defaultdict[int, list[Destination]] = defaultdict(list)
    of_teams: defaultdict[int, list[Destination]] = defaultdict(list)
    for found in Destination.objects.filter(Q(person__in=told) | Q(team__isnull=False), is_on=True).order_by("pk"):
        if found.person_id:
            of_people[found.person_id].append(found)
        elif found.team_id:
            of_teams[found.team_id].append(found)
    teams = _teams([raising.visit_id for raising in raisings]) if of_teams else {}
    for raising in raisings:
        for person in raising.told if raising.kind not in INBOX_ONLY else ():
            for one in of_people.get(person, ()):
                if wants(one.least, raising.kind):
                    yield raising, Hearing(one.pk, Channel(one.channel), person)
        if raising.ending in (None, Ending.NEWS) and raising.kind not in PERSONAL:
            for one in of_teams.get(teams.get(raising.visit_id, 0), ()):
                if wants(one.least, raising.kind):
                    yield raising, Hearing(one.pk, Channel(one.channel), None)


def _teams(visits: Collection[int]) -> dict[int, int]:
    """By visit, the team whose model it is."""
    rows = StageVisit.objects.filter(pk__in=set(visits)).values_list("pk", "release__model__team_id")
    return dict(rows)
