"""The choices that the filters of the registry and the board offer."""

from __future__ import annotations

from typing import Final

from models_registry.models import Team
from models_registry.vocabulary import Stage, VisitState, choices
from tracker.registry import OwnerState

TEAMS: Final = 500  # a longer list is no help to anybody; the address still takes any team

STANDINGS: Final = [*choices(Stage), (VisitState.PARKED.value, "Parked"), (VisitState.KILLED.value, "Killed")]
OWNERS: Final = [
    (OwnerState.NOBODY.value, "No owner"),
    (OwnerState.SOMEBODY.value, "Owned"),
    (OwnerState.MINE.value, "Owned by me"),
]


def team_choices(chosen: str = "") -> list[tuple[str, str]]:
    """The teams by name, as (slug, name); the one that is chosen is always among them."""
    teams = list(Team.objects.order_by("name", "pk").values_list("slug", "name")[:TEAMS])
    if chosen and all(slug != chosen for slug, _ in teams):
        teams += Team.objects.filter(slug=chosen).values_list("slug", "name")
    return teams
