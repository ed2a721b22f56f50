"""The sample is real work: every situation is in it, told in order of time, and its trail verifies."""

from datetime import UTC, datetime

import pytest

from governance.groups import deputies
from governance.models import (
    ApproverGroup,
    AuditEvent,
    BreakGlass,
    HandoverOffer,
    Hold,
    Review,
    StageOwnership,
    StageVisit,
)
from governance.trail import verify
from models_registry.models import CostEntry, Evidence, EvidenceFile, RegisteredModel, Release
from models_registry.vocabulary import ReviewKind, ReviewState, Stage, VisitState
from tracker.sample.portfolio import load

NOW = datetime(2026, 6, 16, 8, 24, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_sample_has_every_situation_in_it() -> None:
    load(NOW)
    here = StageVisit.objects.filter(left_at__isnull=True)
    assert RegisteredModel.objects.count() == 60
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
    assert len(deputies(NOW)) == 1
    assert {group.slug for group in ApproverGroup.objects.exclude(seats=None)} == {"legal", "privacy", "security"}
    assert {file.media_type for file in EvidenceFile.objects.all()} == {"application/pdf", "text/markdown"}
    assert Evidence.objects.filter(kind="model_card", detail__unread__isnull=False, file__isnull=False).exists()
    assert (NOW - here.model.objects.earliest("entered_at").entered_at).days >= 500
    _acts_are_in_order_of_time()
    assert verify().holds


def _acts_are_in_order_of_time() -> None:
    """Within a release no act happens before the one before it, and none in the future."""
    moments: dict[str, datetime] = {}
    for event in (
        AuditEvent.objects.exclude(release_id=None).exclude(chain="organisation").order_by("chain", "sequence")
    ):
        assert moments.get(event.chain, event.at) <= event.at <= NOW, event
        moments[event.chain] = event.at
