"""Nobody approves what they own, made or requested (invariant 5), nor for their team where the policy forbids it.

The rule is one list of ties. Asked of one review, of a page of them, or as a filter, it is the same list in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from governance.deadlines import rules_of
from governance.models import AuditEvent, EarlyClaim, Review, StageOwnership, StageVisit
from models_registry.models import Brief, Evidence, Membership, Person, RegisteredModel, Release, RiskAssessment
from models_registry.vocabulary import RiskTier, Stage

TEAM: Final = "team"


@dataclass(frozen=True)
class Tie:
    """A hand that somebody had in a release: the rows that tell of it, and their columns.

    `column` of the rows names the review or release, which the review knows as `key`; `person` names whose hand it was.
    """

    code: str
    did: str
    rows: QuerySet[Any]
    person: str
    column: str = "release_id"
    key: str = "release_id"


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who may not decide a review, and what they did, as in `wrote the brief`."""

    person: Person
    did: str


# Whoever lowered the tier may have asked for one approval less, which must not then be theirs.
_LOWERED = RiskAssessment.objects.exclude(reason="")
# A version keeps who added it; that somebody named it again, or another one in its place, only the trail tells.
_NAMED = AuditEvent.objects.filter(act="candidate.name")
# The review's own owner is an officer at work, which is no tie to the release.
_WORK = StageOwnership.objects.exclude(visit__stage=Stage.COMPLIANCE_REVIEW)
# Who gave it back again has no hand in it; from the day it begins it is owned.
_AHEAD = EarlyClaim.objects.filter(until__isnull=True)

TIES: Final[Sequence[Tie]] = (
    Tie("requested", "requested this review", Review.objects.all(), "requested_by_id", "pk", "pk"),
    Tie("owned", "owned a stage of this release", _WORK, "owner_id", "visit__release_id"),
    Tie("ahead", "claimed its deployment ahead", _AHEAD, "person_id"),
    Tie("registered", "registered this model", Release.objects.all(), "model__created_by_id", "pk"),
    Tie("wrote", "wrote the brief", Brief.objects.all(), "author_id"),
    Tie("signed", "signed the brief", Brief.objects.all(), "signed_by_id"),
    Tie("named", "added the candidate", Release.objects.all(), "candidate__added_by_id", "pk"),
    Tie("chose", "named a candidate of this release", _NAMED, "actor_id"),
    Tie("attached", "attached evidence to this release", Evidence.objects.all(), "added_by_id"),
    Tie("tier", "set the risk tier of this model", _LOWERED, "assessed_by_id", "model_id", "release__model_id"),
)
DID: Final = {tie.code: tie.did for tie in TIES}


def with_bar(reviews: QuerySet[Review], person: Person, *, singly: bool = False) -> QuerySet[Any]:
    """The reviews with `bar`: the code of what keeps this person from deciding each, empty where nothing does.

    `singly`: they are one review, whose ties alone are looked up, however much the person did elsewhere.
    """
    ties = [When(_tied(tie, person, singly=singly), then=Value(tie.code)) for tie in TIES]
    teams = Membership.objects.order_by().filter(person=person).values("team_id")
    outside = When(~Q(release__model__team_id__in=teams), then=Value(""))
    bar = Case(*ties, outside, *_tolerant(), default=Value(TEAM), output_field=CharField())
    return reviews.annotate(bar=bar)


def _tied(tie: Tie, person: Person, *, singly: bool) -> Q:
    """Whether the tie holds between a review and this person."""
    own = tie.rows.order_by().filter(**{tie.person: person.pk})
    if singly:
        return Q(Exists(own.filter(**{tie.column: OuterRef(tie.key)})))
    # What one person did is little and the same for every review: read once, it costs a long queue nothing.
    return Q(**{f"{tie.key}__in": own.values(tie.column)})


def _tolerant() -> Iterator[When]:
    """Where the policy lets team mates approve: said of the tier, else of the whole policy."""
    for tier in RiskTier:
        said = f"visit__policy__rules__tiers__{tier}__{Stage.COMPLIANCE_REVIEW}__team_mates_may_approve"
        silent: dict[str, Any] = {f"{said}__isnull": True, "visit__policy__rules__approver_outside_team": False}
        yield When(Q(visit__tier=tier) & (Q(**{said: True}) | Q(**silent)), then=Value(""))


def sentence(bar: str, team: str) -> str:
    """The bar in words for the person it holds back; empty for none."""
    if bar == TEAM:
        return f"You belong to {team}; the policy wants a decision from outside the team."
    return f"You {DID[bar]}, so somebody else has to decide." if bar else ""


def bars(person: Person, review: Review) -> str:
    """Why this person may not decide this review; empty when they may."""
    found = with_bar(Review.objects.filter(pk=review.pk), person, singly=True)
    return sentence(*found.values_list("bar", "release__model__team__name").get())


def bars_on(person: Person, visit: StageVisit) -> str:
    """Why this person may not decide anything of the release at its open visit, whichever review it belongs to."""
    release = visit.release
    requested = Review.objects.filter(release=release, requested_by=person)
    keys = {"release_id": release.pk, "release__model_id": release.model_id}
    for tie in TIES:
        own = tie.rows.filter(**{tie.person: person.pk})
        if (requested if tie.key == "pk" else own.filter(**{tie.column: keys[tie.key]})).exists():
            return sentence(tie.code, str(release.model.team))
    rule = rules_of(visit.policy).stage(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW)
    inside = Membership.objects.filter(person=person, team=release.model.team_id).exists()
    return sentence(TEAM, str(release.model.team)) if inside and not rule.team_mates_may_approve else ""


def barred(review: Review) -> list[Barred]:
    """Everybody whom a tie keeps from deciding this review, each with their first one; teams are not spelled out."""
    hands = hands_in(review)
    people = Person.objects.in_bulk(hands)
    return [Barred(people[key], did) for key, did in hands.items() if key in people]


def hands_in(review: Review) -> dict[int, str]:
    """Who had a hand in what is reviewed, by key, and what they did first, in the order of the ties."""
    model = Release.objects.filter(pk=review.release_id).values("model_id")[:1]
    keys: dict[str, Any] = {"pk": review.pk, "release_id": review.release_id, "release__model_id": model}
    rows = [
        tie.rows.order_by()
        .filter(**{tie.column: keys[tie.key], f"{tie.person}__isnull": False})
        .values_list(F(tie.person), Value(place))
        for place, tie in enumerate(TIES)
    ]
    first: dict[int, int] = {}
    for person_id, place in rows[0].union(*rows[1:]).order_by("value1"):
        first.setdefault(person_id, place)
    return {key: TIES[place].did for key, place in sorted(first.items(), key=lambda item: item[1])}


def owner_before_review(release: Release) -> Person | None:
    """The last owner of the work itself; the review's own owner is an officer and does not count."""
    spell = (
        _WORK.filter(visit__release=release, owner__isnull=False)
        .select_related("owner")
        .order_by("-since", "-id")
        .first()
    )
    return spell.owner if spell else None


def brief_author(release: Release) -> Person | None:
    """The author of the newest signed brief."""
    brief = (
        Brief.objects.filter(release=release, signed_at__isnull=False)
        .select_related("author")
        .order_by("-number")
        .first()
    )
    return brief.author if brief else None


def hand_in(person: Person, model: RegisteredModel) -> str:
    """What this person did in any release of the model, as in `wrote the brief`; empty for nothing. One query."""
    releases = Release.objects.filter(model=model).values("pk")
    rows = [
        tie.rows.order_by().filter(**{tie.person: person.pk, f"{tie.column}__in": releases}).values_list(Value(place))
        for place, tie in enumerate(TIES)
        if tie.key == "release_id"
    ]
    places = [place for (place,) in rows[0].union(*rows[1:])]
    return TIES[min(places)].did if places else ""
