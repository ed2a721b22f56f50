"""The sample is real work: every situation is in it, told in order of time, and its trail verifies."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from governance.control_states import ControlState
from governance.coverage import release_coverage
from governance.deadlines import rules_of
from governance.dossiers import controls_of, dossier_of
from governance.groups import deputies
from governance.models import (
    ApproverGroup,
    AuditEvent,
    BreakGlass,
    EarlyClaim,
    Finding,
    HandoverOffer,
    Hold,
    Policy,
    Review,
    StageOwnership,
    StageVisit,
    Waiver,
)
from governance.packs import packs
from governance.trail import verify
from models_registry.models import CostEntry, Evidence, EvidenceFile, RegisteredModel, Release
from models_registry.vocabulary import FindingState, ReviewKind, ReviewState, RiskTier, Severity, Stage, VisitState
from tracker.sample.portfolio import load

NOW = datetime(2026, 6, 16, 8, 24, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_sample_has_every_situation_in_it(settings: Any) -> None:
    load(NOW)
    here = StageVisit.objects.filter(left_at__isnull=True)
    assert RegisteredModel.objects.count() == 63
    assert {visit.stage for visit in here.filter(state=VisitState.UNDERWAY)} == {stage.value for stage in Stage}
    assert here.filter(state=VisitState.PARKED).exists()
    assert here.filter(state=VisitState.KILLED).count() >= 8
    assert here.filter(state=VisitState.UNDERWAY, stalls_at__lt=NOW).count() >= 6
    assert StageOwnership.objects.filter(owner__isnull=True, until__isnull=True, visit__stage=Stage.DEPLOYMENT).exists()
    assert Hold.objects.filter(ended_at__isnull=True, expected_end__lt=NOW).exists()
    assert HandoverOffer.objects.filter(state="open").exists()
    assert BreakGlass.objects.exists()
    assert Review.objects.filter(kind=ReviewKind.RETROSPECTIVE, state=ReviewState.OPEN).exists()
    assert Release.objects.filter(number=2).exists()
    assert RegisteredModel.objects.filter(restricted=True).exists()
    assert CostEntry.objects.count() > 100
    assert len(deputies(NOW)) == 2
    assert EarlyClaim.objects.get(until__isnull=True).release.model.slug == "merchant-risk-tier"
    assert {line["done"] for line in HandoverOffer.objects.get(state="open").checklist} == {True, False}
    assert {group.slug for group in ApproverGroup.objects.exclude(seats=None)} == {"legal", "privacy", "security"}
    assert {file.media_type for file in EvidenceFile.objects.all()} == {"application/pdf", "text/markdown"}
    assert Evidence.objects.filter(kind="model_card", detail__unread__isnull=False, file__isnull=False).exists()
    assert (NOW - here.model.objects.earliest("entered_at").entered_at).days >= 500
    _acts_are_in_order_of_time()
    assert verify().holds
    _reviews_stand_in_every_way()
    _a_release_is_held_against_a_framework()
    settings.DEMO = True
    _a_second_start_keeps_the_data()


def _reviews_stand_in_every_way() -> None:
    """Conditions that are due soon, missed, met; approvals that lapsed and were revoked; leave that ends soon."""
    assert {review.state for review in Review.objects.all()} >= set(ReviewState) - {ReviewState.REJECTED}
    assert any(review.waits_for_feedback for review in Review.objects.filter(state=ReviewState.OPEN))
    found = Finding.objects.all()
    assert {finding.severity for finding in found} == set(Severity)
    assert {finding.state for finding in found} == set(FindingState)
    soon = found.filter(decision__isnull=False, state=FindingState.OPEN, due_at__gt=NOW, due_at__lt=NOW + 7 * DAY)
    assert soon.get().review.state == ReviewState.APPROVED_WITH_CONDITIONS
    lapsed = Review.objects.get(state=ReviewState.LAPSED)
    again = Review.objects.get(release=lapsed.release_id, state=ReviewState.OPEN)
    assert Review.objects.filter(release=lapsed.release_id, state=ReviewState.WITHDRAWN).exists()
    states = _controls(again.release)
    touched = [one for one in states if not one.holds]
    assert 0 < len(touched) < len(states) / 2
    assert all(one.reopened for one in touched)
    in_force = Waiver.objects.filter(ended_at=None, valid_until__gt=NOW)
    assert in_force.filter(valid_until__lt=NOW + 7 * DAY).count() == 1
    assert in_force.filter(valid_until__gt=NOW + 30 * DAY).count() == 1


def _a_release_is_held_against_a_framework() -> None:
    """The controls of the packs are asked for by the policy that the work underway follows, and by the one in force."""
    states = _controls(Release.objects.get(model__slug="credit-limit-advisor"))
    assert {one.state for one in states} == {"verified", "unchecked", "concern", "waived", "missing", "stale"}
    for pack in packs():
        shown = {row.state for row in release_coverage(pack, states)}
        assert shown >= {"verified", "unchecked", "missing", "stale"}, pack.key
    first, second, third, draft = (rules_of(policy) for policy in Policy.objects.order_by("version"))
    asked = [len(one.stage(RiskTier.HIGH, Stage.VALIDATION).controls) for one in (first, second, third, draft)]
    assert asked[0] == 0 < asked[1] == asked[2] < asked[3]
    assert second.stage(RiskTier.MEDIUM, Stage.VALIDATION).controls
    assert {visit.policy.version for visit in StageVisit.objects.filter(left_at=None, stage=Stage.VALIDATION)} >= {2}


def _a_second_start_keeps_the_data() -> None:
    before, said = AuditEvent.objects.latest("pk").hash, StringIO()
    call_command("load_demo", stdout=said)
    assert "kept as it is" in said.getvalue()
    assert AuditEvent.objects.latest("pk").hash == before


def _controls(release: Release) -> tuple[ControlState, ...]:
    visit = StageVisit.objects.select_related("policy", "release__candidate", "release__model__team__calendar").get(
        release=release, left_at__isnull=True
    )
    return controls_of(visit, dossier_of(visit, at=NOW))


def _acts_are_in_order_of_time() -> None:
    """Within a release no act happens before the one before it, and none in the future."""
    moments: dict[str, datetime] = {}
    for event in (
        AuditEvent.objects.exclude(release_id=None).exclude(chain="organisation").order_by("chain", "sequence")
    ):
        assert moments.get(event.chain, event.at) <= event.at <= NOW, event
        moments[event.chain] = event.at
