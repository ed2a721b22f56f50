"""What the tests ask of an imported inventory."""

from __future__ import annotations

from itertools import pairwise

from governance.models import StageOwnership, StageVisit
from models_registry.models import Brief, RegisteredModel, Release
from models_registry.vocabulary import Stage, VisitState

LIVE = {
    "stage": "Operation and Maintenance",
    "initiated": "1/5/2022",
    "development": "3/7/2022",
    "implemented": "9/1/2023",
}
OWNED = ("Model", "Team", "Owner", "Status", "Description")


def visits_of(name: str) -> list[tuple[str, str, str | None]]:
    return [
        (visit.stage, f"{visit.entered_at:%Y-%m-%d}", f"{visit.left_at:%Y-%m-%d}" if visit.left_at else None)
        for visit in StageVisit.objects.filter(release__model__name=name)
    ]


def facts_of(name: str) -> RegisteredModel:
    return RegisteredModel.objects.select_related("team").get(name=name)


def the_roads_are_whole() -> None:
    """What every release must be, whatever was imported: one open visit, and visits that join without gap."""
    for release in Release.objects.all():
        visits = list(release.visits.order_by("entered_at", "id"))
        assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [True]
        for before, after in pairwise(visits):
            assert before.left_at == after.entered_at
        last = visits[-1]
        owed = last.state == VisitState.UNDERWAY and last.stage != Stage.RETIRED
        assert StageOwnership.objects.filter(visit__release=release, until__isnull=True).count() == owed
        assert Brief.objects.filter(release=release).count() == 1
