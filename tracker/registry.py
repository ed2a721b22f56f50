"""The registry: which models there are and where each stands. A page costs what it shows, not what the table holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When, Window

from governance.models import StageVisit
from governance.permissions import may_see
from models_registry.models import ModelTag, Person, RegisteredModel
from models_registry.vocabulary import Stage, VisitState
from tracker.keys import among
from tracker.standing import Standing, standing_of, with_standing

WORDS: Final = 6  # words of a search that count; each narrows it further
CHUNK: Final = 500  # rows that an export reads at a time


class OwnerState(StrEnum):
    """Whether somebody answers for a release."""

    NOBODY = "nobody"
    SOMEBODY = "somebody"
    MINE = "mine"


class Order(StrEnum):
    """By name, by the last change (newest first), or by the stage (earliest first)."""

    NAME = "name"
    CHANGE = "change"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Search:
    """What a reader looks for; an empty part asks for nothing. `standing`: a stage, or parked or killed.

    With `standing` or `owner` the row of a model tells of its newest release that fits, else of its newest one.
    """

    text: str = ""
    team: str = ""
    tier: str = ""
    standing: str = ""
    owner: str = ""
    tag: str = ""

    @property
    def asks(self) -> bool:
        return any((self.text, self.team, self.tier, self.standing, self.owner, self.tag))


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model with the release that its row tells of. `live_number`: another release of it that is live."""

    standing: Standing
    personal_data: bool | None
    restricted: bool
    changed_at: datetime
    live_number: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the registry, its number, and how many models fit in all."""

    rows: Sequence[ModelRow]
    number: int
    total: int


@dataclass(frozen=True)
class Registry:
    """The registry as one person sees it at one moment, searched and ordered."""

    person: Person
    search: Search
    now: datetime
    order: Order = Order.NAME
    turned: bool = False

    def page(self, number: int, size: int = 50) -> Found:
        """A page of the rows that fit; a number past the end gives the last page."""
        start = (number - 1) * size
        if self.search.text:
            # A search reads every row anyway, so the count comes along in the same pass.
            counted = self._ids().annotate(total=Window(Count("pk"))).values_list("model_key", "total")
            pairs = list(counted[start : start + size])
            if pairs or number == 1:
                return Found(self._rows([key for key, _ in pairs]), number, pairs[0][1] if pairs else 0)
        total = self._models().count()
        number = min(number, max(1, -(-total // size)))
        start = (number - 1) * size
        return Found(self._rows(list(self._ids()[start : start + size]) if total else []), number, total)

    def every_row(self) -> Iterator[ModelRow]:
        """All rows that fit, read in chunks, so that memory does not grow with the registry."""
        keys = list(self._ids())
        for start in range(0, len(keys), CHUNK):
            yield from self._rows(keys[start : start + CHUNK])

    def _models(self) -> QuerySet[RegisteredModel]:
        search = self.search
        models = RegisteredModel.objects.filter(may_see(self.person)).order_by()
        if search.team:
            models = models.filter(team__slug=search.team)
        if search.tier:
            models = models.filter(risk_tier=search.tier)
        if search.tag:
            models = models.filter(pk__in=ModelTag.objects.filter(name=search.tag.lower()).values("model_id"))
        for word in search.text.split()[:WORDS]:
            tagged = ModelTag.objects.filter(name__startswith=word.lower()).values("model_id")
            models = models.filter(Q(name__icontains=word) | Q(purpose__icontains=word) | Q(pk__in=tagged))
        if search.standing or search.owner:
            models = models.filter(Exists(self._places().filter(release__model=OuterRef("pk"))))
        return models

    def _places(self) -> QuerySet[StageVisit]:
        """The open visits that fit what is asked of the stage and the owner."""
        standing, owner = self.search.standing, self.search.owner
        places = StageVisit.objects.filter(left_at__isnull=True).order_by()
        if standing in (VisitState.PARKED, VisitState.KILLED):
            places = places.filter(state=standing)
        elif standing:
            places = places.filter(stage=standing, state=VisitState.UNDERWAY)
        current = Q(ownerships__isnull=False, ownerships__until__isnull=True)
        if owner == OwnerState.NOBODY:
            places = places.filter(current, ownerships__owner__isnull=True)
        elif owner == OwnerState.SOMEBODY:
            places = places.filter(current, ownerships__owner__isnull=False)
        elif owner == OwnerState.MINE:
            places = places.filter(current, ownerships__owner=self.person)
        return places

    def _ids(self) -> QuerySet[Any, int]:
        """The models' keys alone, in order: a deep page reads nothing else of the rows that it skips."""
        if self.order is Order.STAGE:
            return self._ids_by_stage()
        column, newest_first = ("name", False) if self.order is Order.NAME else ("updated_at", True)
        sign = "-" if newest_first != self.turned else ""
        keys = self._models().annotate(model_key=F("pk")).order_by(f"{sign}{column}", f"{sign}pk")
        return keys.values_list("model_key", flat=True)

    def _ids_by_stage(self) -> QuerySet[Any, int]:
        newer = self._places().filter(
            release__model=OuterRef("release__model"), release__number__gt=OuterRef("release__number")
        )
        ranks = [When(stage=stage, then=Value(rank)) for rank, stage in enumerate(Stage)]
        places = self._places().filter(~Exists(newer), release__model__in=self._models())
        sign = "-" if self.turned else ""
        return (
            places.annotate(model_key=F("release__model_id"), rank=Case(*ranks, output_field=IntegerField()))
            .order_by(f"{sign}rank", "release__model__name", "release__model_id")
            .values_list("model_key", flat=True)
        )

    def _rows(self, keys: Sequence[int]) -> list[ModelRow]:
        """The rows of these models, in this order; three queries, however many there are."""
        if not keys:
            return []
        newest = self._places().filter(release__model=OuterRef("pk")).order_by("-release__number")
        told = RegisteredModel.objects.filter(pk__in=keys).order_by().annotate(visit=Subquery(newest.values("pk")[:1]))
        visits = with_standing(StageVisit.objects.filter(among("pk", told.values("visit"))))
        live = StageVisit.objects.filter(
            release__model=OuterRef("release__model"), left_at__isnull=True, stage=Stage.LIVE, state=VisitState.UNDERWAY
        ).exclude(pk=OuterRef("pk"))
        visits = visits.annotate(live_number=Subquery(live.order_by("-release__number").values("release__number")[:1]))
        rows = {visit.release.model_id: _row(visit, self.now) for visit in visits.order_by()}
        return [rows[key] for key in keys if key in rows]


def _row(visit: StageVisit, now: datetime) -> ModelRow:
    model = visit.release.model
    return ModelRow(
        standing=standing_of(visit, now),
        personal_data=model.personal_data,
        restricted=model.restricted,
        changed_at=model.updated_at,
        live_number=getattr(visit, "live_number", None),
    )
