"""How every act begins: take the locks in one fixed order (release, visit, ownership, trail head)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from governance.errors import Conflict, NotFound
from governance.groups import groups_of, rosters
from governance.models import Departure, Policy, Review, StageOwnership, StageVisit
from models_registry.models import Person, Release
from models_registry.vocabulary import Stage, VisitState


def moment(at: datetime | None) -> datetime:
    """The moment of an act: as given (imports and samples speak of the past), else now."""
    return at or timezone.now()


def locked_release(release_id: int) -> Release:
    """The release with its model, team and calendar, locked until the transaction ends."""
    release = (
        Release.objects.select_for_update(of=("self",))
        .select_related("model__team__calendar", "candidate")
        .filter(pk=release_id)
        .first()
    )
    if release is None:
        raise NotFound
    return release


def open_visit(release: Release, expected: int | None = None) -> StageVisit:
    """The open visit of a locked release, locked too. `expected` is the visit that the person's page showed."""
    visit = (
        StageVisit.objects.select_for_update(of=("self",))
        .select_related("policy")
        .filter(release=release, left_at__isnull=True)
        .get()
    )
    visit.release = release
    if expected is not None and visit.pk != expected:
        raise Conflict(_moved_meanwhile(visit, expected), remedy="Look at where it stands now, then decide again.")
    return visit


def underway(visit: StageVisit) -> StageVisit:
    """The same visit, refused when it is parked or killed."""
    if visit.state != VisitState.UNDERWAY:
        raise Conflict(f"{visit.release} is {visit.state}.", remedy="Reopen it first.")
    return visit


def locked_review(review_id: int) -> tuple[Review, StageVisit]:
    """A review and the open visit of its release, all three locked."""
    found = Review.objects.filter(pk=review_id).values_list("release_id", flat=True).first()
    if found is None:
        raise NotFound
    release = locked_release(found)
    visit = open_visit(release)
    review = Review.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=review_id)
    review.release = release
    return review, visit


def current_spell(visit: StageVisit) -> StageOwnership | None:
    """The current spell of ownership or vacancy, locked; None where nobody has to answer (parked, killed, retired)."""
    return (
        StageOwnership.objects.select_for_update(of=("self",))
        .select_related("owner")
        .filter(visit=visit, until__isnull=True)
        .first()
    )


def locked_with_colleagues(person_id: int) -> Person | None:
    """The person, locked together with everybody who speaks for a group of theirs: of the last two only one may go."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        return None
    voices = rosters(groups_of(person)).members.values()
    wanted = {person.pk, *(one.pk for group in voices for one in group)}
    # Not a key lock: decisions of those colleagues may be written meanwhile.
    found = Person.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    return {one.pk: one for one in found}[person.pk]


def lock_voices(groups: Collection[str]) -> None:
    """Keep whoever speaks for one of these groups in it until the transaction ends."""
    people = {one.pk for group in rosters(groups).members.values() for one in group}
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))


def in_turn() -> None:
    """Wait for whoever chooses somebody by turn at this moment; the first policy, which never changes, is the queue."""
    list(Policy.objects.select_for_update(no_key=True).order_by("version")[:1])


def not_before(at: datetime, start: datetime) -> datetime:
    """A clock that was set back must not end something before it began."""
    return max(at, start)


def _moved_meanwhile(visit: StageVisit, expected: int) -> str:
    seen = StageVisit.objects.filter(pk=expected, release=visit.release).first()
    place = f"{Stage(visit.stage).label.lower()}"
    if visit.state != VisitState.UNDERWAY:
        place = f"{visit.state} in {place}"
    how = Departure(seen.departure).label.lower() if seen and seen.departure else "moved"
    who = f" by {visit.entered_by}" if visit.entered_by else ""
    return f"This page was out of date: the release was {how}{who} and is now {place}."
