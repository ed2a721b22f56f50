"""What the page of one review is made of, read in as many queries however much the dossier holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import CharField, Exists, F, Prefetch, Q, QuerySet, Value, prefetch_related_objects

from governance import permissions
from governance.control_states import VerdictFacts
from governance.errors import NotFound
from governance.four_eyes import with_bar
from governance.models import APPROVING, ControlVerdict, Decision, Feedback, Finding, Review, StageVisit, Waiver
from models_registry.models import Brief, Evidence, Person, Release
from models_registry.vocabulary import FindingState, Stance, Verdict
from tracker.review_desk.rows import name_of, with_deputy, with_owner
from tracker.review_desk.since import with_last_approved


@dataclass(frozen=True, slots=True)
class Advice:
    """What one person of a feedback group said, and of which state of the dossier."""

    group: str
    stance: Stance
    text: str
    digest: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """Every verdict on a control of the release, oldest first, and the advice on one review of it.

    `waivers`: by the check that it is about, the key of the waiver that nobody has ended.
    """

    verdicts: Sequence[VerdictFacts]
    advice: Sequence[Advice]
    waivers: Mapping[str, int]


def the_review(person: Person, number: int, now: datetime) -> Any:
    """The review with `bar`, `deputy`, its owner and `second_factor`.

    Raises `NotFound`, also for what is hidden from them.
    """
    seen = Review.objects.filter(permissions.may_read(person, "release_id", now), pk=number)
    told = with_deputy(with_owner(with_bar(seen, person, singly=True), "visit_id"), now)
    factor = Exists(Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP))
    related = ("requested_by", "assignee", "visit__policy", "broken_glass__broken_by")
    review = told.annotate(second_factor=factor).select_related(*related).first()
    if review is None:
        raise NotFound
    return review


def the_visit(review: Review) -> Any:
    """The open visit of the release with `owner_name`, and everything that its dossier is gathered from."""
    visits = StageVisit.objects.filter(release=review.release_id, left_at__isnull=True)
    loaded = visits.select_related("policy", "release__candidate", "release__model__team__calendar")
    visit = with_owner(loaded, "pk").get()
    standing = Evidence.objects.filter(superseded_by__isnull=True).select_related("version", "added_by", "file")
    prefetch_related_objects(
        [visit],
        "holds",
        Prefetch("release__briefs", Brief.objects.select_related("signed_by").order_by("-number")),
        Prefetch("release__evidence", standing.order_by("added_at", "pk"), to_attr="standing_evidence"),
    )
    _read_reviews(visit.release)
    visit.release.undeployed = True  # a review does not look at the deployment, so that `dossier_of` need not either
    review.release = visit.release
    if review.visit_id == visit.pk:
        review.visit = visit
    else:
        review.visit.release = visit.release
    return visit


def _read_reviews(release: Any) -> None:
    """Give the release its `judged_reviews` with their decisions, and `approved_before`: what an earlier one was.

    The first release of a model has none before it.
    """
    found = list(with_last_approved(release).order_by("-requested_at", "-pk"))
    mine = [one for one in found if one.release_id == release.pk]
    decisions = Decision.objects.select_related("officer").order_by("decided_at", "pk")
    prefetch_related_objects(mine, Prefetch("decisions", decisions, to_attr="every_decision"))
    for one in mine:
        one.release = release
        one.approving_decisions = [word for word in one.every_decision if word.outcome in APPROVING]
    release.judged_reviews = mine
    release.approved_before = next((one for one in found if one.release_id != release.pk), None)


def said_of(review: Review) -> Said:
    """The verdicts, the advice and the waivers, which have much the same shape and so take one query."""
    release = review.release_id
    verdicts = _told(ControlVerdict.objects.filter(release=release), "control", "verdict", "note", "digest", "officer")
    advice = _told(Feedback.objects.filter(review=review), "group", "stance", "text", "dossier_digest", "person")
    unended = Waiver.objects.filter(release=release, ended_at__isnull=True)
    waivers = _told(unended, "check_code", "check_code", "reason", "check_code", "granted_by", "granted_at")
    judged: list[VerdictFacts] = []
    advised: list[Advice] = []
    waived: dict[str, int] = {}
    rows = verdicts.union(advice, waivers, all=True).order_by("at", "number")
    for what, about, word, text, digest, who, at, number in rows:
        if what == "control":
            judged.append(VerdictFacts(about, digest, Verdict(word), who, at, text))
        elif what == "group":
            advised.append(Advice(about, Stance(word), text, digest, who, at))
        else:
            waived[about] = number
    return Said(judged, advised, waived)


def _told(
    rows: QuerySet[Any], about: str, word: str, text: str, digest: str, person: str, at: str = "given_at"
) -> QuerySet[Any]:
    columns = {"about": F(about), "word": F(word), "said": F(text), "bound": F(digest), "who": name_of(person)}
    named: QuerySet[Any] = rows.order_by().annotate(what=Value(about, CharField()), **columns, at=F(at), number=F("pk"))
    return named.values_list("what", *columns, "at", "number")


def findings_of(release: Release) -> list[Finding]:
    """The findings of the release: what is due first at the top, what is closed at the end."""
    people = ("owner", "raised_by", "resolved_by", "closed_by")
    found = Finding.objects.filter(release=release).select_related(*people).order_by("due_at", "pk")
    return sorted(found, key=lambda finding: finding.state == FindingState.CLOSED)


def people_of(release: Release, others: Collection[int]) -> Mapping[int, Person]:
    """The people of the team and these others, by key: one of them owns a condition."""
    found = Person.objects.filter(Q(memberships__team=release.model.team_id) | Q(pk__in=list(others))).distinct()
    return {person.pk: person for person in found.order_by("full_name", "pk")}
