"""What a decision needs and what it leads to; `acts.reviews` is the door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from governance.acts.conditions import Condition, Signature
from governance.acts.locks import not_before
from governance.acts.steps import close_review, end_approval, step_forward
from governance.control_states import ControlState
from governance.controls import group_name
from governance.deadlines import rules_of
from governance.dossiers import gate_of, with_condition
from governance.errors import Conflict, NotPermitted, Refused
from governance.four_eyes import bars, brief_author, owner_before_review
from governance.gate_approvals import still_open
from governance.gates import ApprovalFacts
from governance.groups import groups_of, stands_in_for
from governance.models import APPROVING, STANDING, Decision, Outcome, Review, StageVisit
from governance.policy import StageRule
from governance.trail import review_writers as writers
from governance.validity import months_later
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, Stage

CLOSED_BY = {Outcome.REQUEST_CHANGES: ReviewState.CHANGES_REQUESTED, Outcome.REJECT: ReviewState.REJECTED}


def review_rule(visit: StageVisit) -> StageRule:
    """What the policy of this visit asks of a compliance review."""
    return rules_of(visit.policy).stage(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW)


def refuse_barred(person: Person, review: Review) -> None:
    if barred := bars(person, review):
        raise NotPermitted(barred, remedy="Ask another approver.", code="four_eyes")


def refuse_closed(review: Review) -> None:
    if review.state != ReviewState.OPEN:
        raise Conflict(f"This review is closed: {ReviewState(review.state).label.lower()}.")


def refuse_unsigned(rule: StageRule, signature: Signature | None) -> None:
    """Where the policy asks for it, a decision is signed: who decides shows again who they are, and says it."""
    if rule.sign_again and (signature is None or not signature.method or not signature.meaning.strip()):
        raise Refused(
            "The policy asks for a signature on this decision.",
            remedy="Give your password or second factor again, and say what the signature means.",
            code="signature_needed",
        )


def refuse_unready(
    review: Review, groups: Sequence[str], states: Sequence[ControlState], conditions: Sequence[Condition], at: datetime
) -> None:
    """An approval needs a voice, the feedback that was asked for, and a verdict on every control as it stands."""
    if not groups:
        asked = " or ".join(group_name(one.group) for one in review.asked)
        raise NotPermitted(f"An approval of this review is given for {asked}.", code="no_group")
    if review.waits_for_feedback:
        raise Conflict(
            f"Feedback is still awaited from {', '.join(group_name(group) for group in waiting_groups(review))}.",
            remedy="Wait for it, or go on without it and say why.",
            code="feedback_open",
        )
    due = with_condition(Review.objects.filter(pk=review.pk)).get().condition_due
    if due is not None and due <= at:
        raise Conflict(
            "A condition of an approval that was given here is past due.",
            remedy="Withdraw this request and ask again.",
            code="condition_overdue",
        )
    if review.kind == ReviewKind.APPROVAL:
        named = review.findings.filter(decision__isnull=False).values_list("control", flat=True)
        _refuse_unchecked(states, {condition.control for condition in conditions}.union(named))


def _refuse_unchecked(states: Sequence[ControlState], conditional: set[str]) -> None:
    """A concern may stand where a condition is about it, this approver's or that of one before."""
    shut = [one for one in states if not one.holds and not (one.state == "concern" and one.control.code in conditional)]
    if shut:
        named = ", ".join(f"{one.control.title} ({one.state})" for one in shut[:5])
        more = f" and {len(shut) - 5} more" if len(shut) > 5 else ""
        count = "1 control does" if len(shut) == 1 else f"{len(shut)} controls do"
        raise Conflict(
            f"{count} not hold yet: {named}{more}.",
            remedy="Give a verdict on each as it stands now, or ask for changes.",
            code="controls_unchecked",
        )


def waiting_groups(review: Review) -> list[str]:
    """The feedback groups that have not spoken, in the policy's order."""
    spoken = set(review.feedback.values_list("group", flat=True))
    return [group for group in review.feedback_groups if group not in spoken]


def groups_spoken_for(person: Person, review: Review, digest: str, at: datetime) -> list[str]:
    """The groups of the review that this person's approval counts for.

    A deputy's voice is their delegator's: of the two one is counted, and none where a tie holds either back.
    """
    lent = stands_in_for(person, at)
    free = {one.pk for one in Person.objects.filter(pk__in=list(lent)) if not bars(one, review)}
    seats = {person.pk: groups_of(person), **{key: groups for key, groups in lent.items() if key in free}}
    taken = _seats_taken(one for one in _approvals(review, digest) if one.officer_id != person.pk)
    return [
        one.group
        for one in review.asked
        if any(one.group in groups and (one.group, key) not in taken for key, groups in seats.items())
    ]


def _seats_taken(approvals: Iterable[Decision]) -> set[tuple[str, int]]:
    """Each group with the person whose seat in it has been used for one of these approvals."""
    taken: set[tuple[str, int]] = set()
    for decision in approvals:
        own, lent = groups_of(decision.officer), stands_in_for(decision.officer, decision.decided_at)
        for group in decision.groups:
            holders = [key for key, groups in lent.items() if group in groups and (group, key) not in taken]
            taken.add((group, decision.officer_id if group in own or not holders else holders[0]))
    return taken


def _approvals(review: Review, digest: str) -> list[Decision]:
    given = Decision.objects.filter(review=review, outcome__in=APPROVING, dossier_digest=digest)
    return list(given.select_related("officer").order_by("decided_at", "pk"))


def write_decision(decision: Decision, visit: StageVisit, actor: Person, at: datetime) -> Decision:
    """Save a decision with those who may not have made it beside it. `Conflict` where the officer decided already."""
    decision.decided_at = not_before(at, decision.review.requested_at)
    decision.requester_id = decision.review.requested_by_id
    decision.release_owner = owner_before_review(visit.release)
    decision.brief_author = brief_author(visit.release)
    try:
        with transaction.atomic():
            decision.save()
    except IntegrityError as error:
        refuse_barred(actor, decision.review)
        raise Conflict("You have already decided on this dossier.", remedy="Another officer has to decide.") from error
    writers.decided(decision, actor, at)
    return decision


def _end_overruled(decision: Decision, actor: Person, at: datetime) -> None:
    """End the approvals of the dossier that is refused now: of two words on the same state the later one holds."""
    given = Decision.objects.filter(outcome__in=APPROVING, dossier_digest=decision.dossier_digest)
    overruled = Review.objects.select_for_update(of=("self",)).filter(
        release=decision.review.release_id, state__in=STANDING, pk__in=given.values("review")
    )
    for approved in overruled.order_by("pk"):
        approved.release = decision.review.release
        why = f"The same dossier was refused later: {decision.reason}"
        end_approval(approved, ReviewState.REVOKED, actor, at, decision.decided_at, why)


def follow(review: Review, visit: StageVisit, decision: Decision, actor: Person, at: datetime) -> None:
    """What a decision leads to: close, wait for a further approval, or move on."""
    outcome = Outcome(decision.outcome)
    if outcome not in APPROVING:
        close_review(review, CLOSED_BY[outcome], actor, at, why=decision.reason)
        _end_overruled(decision, actor, at)
        return
    given = _approvals(review, decision.dossier_digest)
    voices = [
        ApprovalFacts(str(one.officer), one.decided_at, one.dossier_digest, one.officer.email, frozenset(one.groups))
        for one in given
    ]
    if still_open(voices, review.asked):
        return
    conditional = any(one.outcome == Outcome.APPROVE_WITH_CONDITIONS for one in given)
    months = review_rule(visit).validity_months
    close_review(
        review,
        ReviewState.APPROVED_WITH_CONDITIONS if conditional else ReviewState.APPROVED,
        actor,
        at,
        why=decision.reason,
        expires_at=months_later(at, months) if months else None,
    )
    if review.kind == ReviewKind.APPROVAL and visit.stage == Stage.COMPLIANCE_REVIEW:
        report = gate_of(visit, at=at)
        if report.open:
            step_forward(visit, Stage.DEPLOYMENT, actor=actor, at=at, owner=None, warnings=report.warnings)
