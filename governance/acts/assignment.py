"""Who is given a review: by the policy's rule when it begins, with its stage, or by hand where no stage is owned.

In compliance review the owner of the stage and the review's assignee are one person, and change together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from governance import permissions
from governance.acts.appointing import last_owner
from governance.acts.locks import current_spell, in_turn, locked_release, moment, not_before, open_visit
from governance.acts.visits import begin_spell
from governance.deadlines import rules_of
from governance.errors import Conflict, NotFound, Refused, invalid
from governance.four_eyes import bars
from governance.groups import deputies, standing_at
from governance.models import Review, StageOwnership, StageVisit, Tenure
from governance.trail import group_writers as writers
from models_registry.models import Person
from models_registry.vocabulary import AssignmentRule, OrgRole, OwnerRule, ReviewKind, ReviewState, RiskTier, Stage


def give_by_rule(review: Review, visit: StageVisit, at: datetime) -> Person | None:
    """Give a review that begins to an officer, by the rule of the policy; the caller holds the release's lock.

    Nobody is given it where the stage has an owner, the policy has no rule, or no officer is free of ties and present.
    """
    spell = current_spell(visit) if _with_stage(review, visit) else None
    if spell is not None and spell.owner is not None:
        _write(review, spell.owner, at)
        return spell.owner
    rule = _rule_of(visit, with_stage=spell is not None)
    if rule in (AssignmentRule.NONE, OwnerRule.NONE):
        return None
    in_turn()
    officer = next((one for one in _in_order(rule, review) if _may_have(one, review, at)), None)
    if officer is None:
        return None
    if spell is not None:
        _own(spell, visit, officer, at)
    _write(review, officer, at)
    writers.review_given("review.assign", review, None, None, at, rule=rule.value)
    return officer


def follow_owner(visit: StageVisit, owner: Person | None, at: datetime) -> None:
    """The open review of a visit in compliance review is with whoever owns the stage from now on."""
    if visit.stage == Stage.COMPLIANCE_REVIEW:
        for review in Review.objects.filter(visit=visit, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN):
            _write(review, owner, at)


def take_review(actor: Person, review_id: int, *, at: datetime | None = None) -> Review:
    """Take a review that no stage is owned with: a look back, or a new look at what is deployed already.

    Of two people at once one wins and the other is told who; taking one's own again changes nothing.
    """
    at = moment(at)
    with transaction.atomic():
        review = _open_review(review_id)
        permissions.review(actor, review, at)
        if barred := bars(actor, review):
            raise invalid("review", barred)
        if review.assignee_id == actor.pk:
            return review
        if review.assignee is not None:
            raise Conflict(
                f"{review.assignee} was faster and decides this review.",
                remedy="Take another one, or ask an officer to assign it to you.",
                code="already_claimed",
            )
        return _give("review.take", review, actor, actor, at)


def assign_review(
    actor: Person,
    review_id: int,
    to: Person,
    *,
    expected_assignee: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Say who decides a review that no stage is owned with. `expected_assignee`: whom the page showed, 0 for nobody."""
    at = moment(at)
    with transaction.atomic():
        review = _open_review(review_id)
        permissions.give_review(actor, review)
        if expected_assignee is not None and (review.assignee_id or 0) != expected_assignee:
            raise Conflict(
                f"Meanwhile {review.assignee or 'nobody'} decides this review.", remedy="Decide again if that is wrong."
            )
        _refuse_unfit(to, review, at)
        if review.assignee_id == to.pk:
            return review
        return _give("review.assign", review, to, actor, at)


def give_up_reviews(person: Person, actor: Person, at: datetime, *, why: str) -> int:
    """Take from a person the reviews that they may not decide any more, and say how many; those with a stage went
    with it.
    """
    given_up = 0
    mine = Review.objects.filter(assignee=person, state=ReviewState.OPEN).order_by("release_id", "pk")
    for pk in list(mine.values_list("pk", flat=True)):
        review = _open_review(pk, any_stage=True)
        # The person as read now: the caller's copy may be older.
        if review.assignee is not None and not permissions.allows(permissions.review, review.assignee, review, at):
            _give("review.give_up", review, None, actor, at, why=why)
            given_up += 1
    return given_up


def _rule_of(visit: StageVisit, *, with_stage: bool) -> AssignmentRule | OwnerRule:
    """The rule for a review: what the policy says of the stage of this tier, where that is more than nothing."""
    rules = rules_of(visit.policy)
    own = rules.stage(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW).owner
    return own if with_stage and own is not OwnerRule.NONE else rules.assignment


def _in_order(rule: AssignmentRule | OwnerRule, review: Review) -> Iterator[Person]:
    """The officers in the order of their turn: whoever was never given a review first, then the longest ago.

    Of those who were given one at the same moment, the one who was given fewer in all. By the rule of the previous
    owner only whoever answered for the last review of the model.
    """
    if rule is OwnerRule.PREVIOUS_OWNER:
        last = [last_owner(review.release, Stage.COMPLIANCE_REVIEW)]
        yield from Person.objects.filter(
            pk__in=[one for one in last if one], role=OrgRole.COMPLIANCE_OFFICER, is_active=True
        )
        return
    given = Review.objects.filter(assignee=OuterRef("pk")).order_by("-assigned_at", "-pk").values("assigned_at")[:1]
    officers: QuerySet[Person] = Person.objects.filter(role=OrgRole.COMPLIANCE_OFFICER, is_active=True).annotate(
        given=Subquery(given),
        had=Count("reviews_assigned"),
        has=Count("reviews_assigned", filter=Q(reviews_assigned__state=ReviewState.OPEN)),
    )
    by_turn = (F("given").asc(nulls_first=True), "had", "full_name", "pk")
    yield from officers.order_by(*(("has",) if rule == AssignmentRule.LEAST_LOADED else ()), *by_turn)


def _may_have(officer: Person, review: Review, at: datetime) -> bool:
    """Free of ties, and present or stood in for by an officer who is free of ties as well."""
    if bars(officer, review):
        return False
    away = deputies(at, [officer.pk]).get(officer.pk)
    if away is None:
        return not _is_away(officer, at)
    return away.deputy.role == OrgRole.COMPLIANCE_OFFICER and not bars(away.deputy, review)


def _is_away(officer: Person, at: datetime) -> bool:
    """Away, and whoever should stand in has left the organisation."""
    return officer.delegations_given.filter(standing_at(at)).exists()


def _own(spell: StageOwnership, visit: StageVisit, officer: Person, at: datetime) -> None:
    """Make the officer the owner. A vacancy that began with the review itself was seen by nobody and is none."""
    if spell.since == at:
        spell.owner, spell.began, spell.stalls_at, spell.notice_at = officer, Tenure.BY_RULE, None, None
        spell.save(update_fields=["owner", "began", "stalls_at", "notice_at"])
        return
    spell.until, spell.stalls_at, spell.notice_at = not_before(at, spell.since), None, None
    spell.save(update_fields=["until", "stalls_at", "notice_at"])
    begin_spell(visit, officer, Tenure.BY_RULE, given_by=None, at=spell.until)


def _give(act: str, review: Review, to: Person | None, actor: Person, at: datetime, **more: str) -> Review:
    before = review.assignee
    _write(review, to, at)
    writers.review_given(act, review, before, actor, at, **more)
    return review


def _write(review: Review, assignee: Person | None, at: datetime) -> None:
    review.assignee, review.assigned_at = assignee, not_before(at, review.requested_at) if assignee else None
    review.save(update_fields=["assignee", "assigned_at"])


def _with_stage(review: Review, visit: StageVisit) -> bool:
    return review.kind == ReviewKind.APPROVAL and visit.stage == Stage.COMPLIANCE_REVIEW


def _open_review(review_id: int, *, any_stage: bool = False) -> Review:
    """The review with its release locked; one that belongs to the owner of a stage is refused unless asked for."""
    found = Review.objects.filter(pk=review_id).values_list("release_id", flat=True).first()
    if found is None:
        raise NotFound
    release = locked_release(found)
    visit = open_visit(release)
    review = (
        Review.objects.select_for_update(of=("self",)).select_related("assignee", "visit__policy").get(pk=review_id)
    )
    review.release = release
    if review.state != ReviewState.OPEN:
        raise Conflict(f"This review is closed: {ReviewState(review.state).label.lower()}.")
    if not any_stage and _with_stage(review, visit):
        raise Conflict("This review is decided with its stage.", remedy="Claim the stage, or assign its owner.")
    return review


def _refuse_unfit(person: Person, review: Review, at: datetime) -> None:
    try:
        permissions.review(person, review, at)
    except Refused as refusal:
        raise invalid("assignee", f"{person} cannot decide it. {refusal.message}") from None
    if bars(person, review):
        raise invalid("assignee", f"{person} had a hand in this release and may not decide it.")
