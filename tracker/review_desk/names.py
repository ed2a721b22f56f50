"""What the review pages name: teams, groups, views, seats, and who has advised; little of each, so in one query.

A list has better uses for its queries than one for each of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import BigIntegerField, CharField, F, QuerySet, Value
from django.db.models.functions import Cast

from governance.controls import OFFICERS
from governance.groups import seats_of
from governance.models import ApproverGroup, Feedback
from models_registry.models import Evidence, Person, Team
from models_registry.vocabulary import OrgRole
from tracker.saved_views import SavedView

TEAMS: Final = 500  # a longer list is no help to anybody; the address still takes any team


@dataclass(frozen=True, slots=True)
class Names:
    """Teams and groups by slug, the reader's saved views, the groups the reader speaks for, and by review who advised.

    `had`: the kinds of evidence of the release that was asked for.
    """

    teams: Sequence[tuple[str, str]] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    views: Sequence[SavedView] = ()
    voices: frozenset[str] = frozenset()
    spoken: Mapping[int, Collection[str]] = field(default_factory=dict)
    had: frozenset[str] = frozenset()


def queue_names(person: Person, now: datetime, waiting: Sequence[int] = ()) -> Names:
    """The names of the queue; `waiting` are the reviews on the page that wait for feedback."""
    views = SavedView.objects.filter(person=person)
    more = {"team": _part(Team.objects.all(), "slug", "name"), "view": _part(views, "query", "name")}
    if waiting:
        more["spoken"] = _part(Feedback.objects.filter(review__in=waiting), "group", "group", "review_id")
    return _read(person, now, more)


def review_names(person: Person, now: datetime, had: QuerySet[Evidence] | None) -> Names:
    """The names of one review; `had` is the evidence of the release that was approved before."""
    kinds = {} if had is None else {"had": _part(had, "kind", "kind", "release_id").distinct()}
    return _read(person, now, kinds)


def _read(person: Person, now: datetime, more: Mapping[str, QuerySet[Any]]) -> Names:
    parts = {
        "group": _part(ApproverGroup.objects.all(), "slug", "name"),
        "seat": _part(seats_of(person, now), "group__slug", "group__name", "person_id"),
        **more,
    }
    columns = ("word", "said", "key", "what")
    rows = [part.annotate(what=Value(what, CharField())).values_list(*columns) for what, part in parts.items()]
    kept: defaultdict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for word, said, key, what in rows[0].union(*rows[1:], all=True).order_by("what", "said", "key"):
        kept[what].append((word, said, key))
    spoken: defaultdict[int, set[str]] = defaultdict(set)
    for group, _, review in kept["spoken"]:
        spoken[review].add(group)
    return Names(
        teams=[(slug, name) for slug, name, _ in kept["team"][:TEAMS]],
        groups={slug: name for slug, name, _ in kept["group"]},
        views=[SavedView(pk=key, person=person, name=name, query=query) for query, name, key in kept["view"]],
        voices=_voices(person, {slug for slug, _, _ in kept["seat"]}),
        spoken=dict(spoken),
        had=frozenset(kind for kind, _, _ in kept["had"]),
    )


def _voices(person: Person, seats: Collection[str]) -> frozenset[str]:
    if not person.is_active or person.role == OrgRole.AUDITOR:
        return frozenset()
    return frozenset({*seats, *([OFFICERS] if person.role == OrgRole.COMPLIANCE_OFFICER else [])})


def _part(rows: QuerySet[Any], word: str, said: str, key: str = "pk") -> QuerySet[Any]:
    told: QuerySet[Any] = rows.order_by().annotate(
        word=Cast(F(word), CharField()), said=Cast(F(said), CharField()), key=Cast(F(key), BigIntegerField())
    )
    return told
