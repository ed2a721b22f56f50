"""Everything that a model's page tells: of the right release, to whoever may see it, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.briefs import amend_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.intake import start_release
from governance.acts.ownership import offer_handover
from governance.acts.transitions import break_glass
from governance.errors import NotFound
from models_registry.models import Person, Release
from models_registry.vocabulary import RiskTier, Stage
from tests.world import World
from tracker.model_page import ModelPage, model_page


def about(world: World, release: Release, person: Person | None = None, number: int | None = None) -> ModelPage:
    return model_page(person or world.lead, release.model.slug, number, world.now)


def test_the_newest_release_is_shown_unless_another_is_asked_for(world: World) -> None:
    first = world.release_at(Stage.LIVE)
    start_release(world.engineer, first.model, at=world.tick())
    page = about(world, first)
    assert (page.release.number, page.newest, [one.release.number for one in page.releases]) == (2, True, [2, 1])
    older = about(world, first, number=1)
    assert (older.release.number, older.stage, older.newest) == (1, Stage.LIVE, False)


def test_a_release_that_does_not_exist_is_not_found(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(NotFound):
        about(world, release, number=7)
    with pytest.raises(NotFound):
        model_page(world.lead, "no-such-model", None, world.now)


def test_a_restricted_model_is_not_found_by_a_stranger(world: World) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    with pytest.raises(NotFound):
        about(world, release, world.stranger)
    assert about(world, release, world.viewer).model == release.model


def test_requirements_stand_beside_what_was_measured_on_the_candidate(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    before = {one.requirement.code: one for one in about(world, release).compared}
    assert before["latency_p95"].met is None
    world.prove(release)
    after = {one.requirement.code: one for one in about(world, release).compared}
    assert (after["latency_p95"].met, after["metric:auc"].met) == (True, True)
    assert after["availability"].met is None


def test_what_was_measured_on_another_version_does_not_count(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="ee" * 32, at=world.tick())
    assert all(one.met is None for one in about(world, release).compared)


def test_what_the_deployment_commits_to_counts_for_what_only_it_can_say(world: World) -> None:
    page = about(world, world.release_at(Stage.LIVE))
    promised = {one.requirement.code: one for one in page.compared}
    assert promised["availability"].met is True
    assert promised["monthly_cost"].met is True


def test_superseded_evidence_stands_behind_what_counts(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    first = attach_evidence(
        world.engineer, release.pk, EvidenceFacts("model_card", "Card 1", "wiki/1"), at=world.tick()
    )
    attach_evidence(
        world.engineer,
        release.pk,
        EvidenceFacts("model_card", "Card 2", "wiki/2"),
        supersedes=first.pk,
        at=world.tick(),
    )
    page = about(world, release)
    assert [piece.title for piece in page.evidence] == ["Card 2"]
    assert [piece.title for piece in page.superseded] == ["Card 1"]


def test_an_amendment_is_a_draft_beside_the_brief_in_force(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    assert about(world, release).draft is None
    amend_brief(world.engineer, release.pk, "The budget grew.", at=world.tick())
    page = about(world, release)
    assert page.brief is not None
    assert page.draft is not None
    assert (page.brief.number, page.draft.number) == (1, 2)


def test_the_reason_is_the_missing_owner_then_the_gate(world: World) -> None:
    vacant = about(world, world.release_at(Stage.COMPLIANCE_REVIEW))
    assert vacant.why is not None
    assert (vacant.vacant, vacant.why.code) == (True, "no_owner")
    assert vacant.vacancy is not None
    shut = about(world, world.release_at(Stage.BRIEF))
    assert shut.why is not None
    assert shut.why.code == "gate"


def test_an_open_offer_and_broken_glass_are_told(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, release.pk, "The regulator asks.", next_owner=world.officer, at=world.tick())
    page = about(world, release)
    assert [broken.target for broken in page.glass] == [Stage.COMPLIANCE_REVIEW]
    assert len(page.reviews) == 2
    owned = world.release_at(Stage.BRIEF)
    offer_handover(world.engineer, owned.pk, world.colleague, "All is written.", at=world.tick())
    assert about(world, owned).offer is not None


def test_the_activity_tells_of_this_release_and_of_the_model_only(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    start = start_release(world.engineer, release.model, at=world.tick())
    told = [(one.act, one.who) for one in about(world, release, number=1).activity(long=True)]
    assert ("brief.sign", "Jonas Weber") in told
    assert "release.start" not in [act for act, _ in told]
    assert "release.start" in [one.act for one in about(world, start).activity()]


def test_the_number_of_queries_does_not_grow_with_what_was_written_down(world: World) -> None:
    def counted(release: Release) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = about(world, release)
            parts = (page.report, page.compared, page.why, page.journey, page.ledger, page.entries, page.briefs)
            more = (page.evidence, page.superseded, page.reviews, page.holds, page.offer, page.glass, page.tags)
            assert parts
            assert more
            assert page.activity()
        return len(queries)

    small = world.release_at(Stage.VALIDATION, tier=RiskTier.HIGH)
    counted(small)
    few = counted(small)
    large = world.release_at(Stage.LIVE, tier=RiskTier.HIGH)
    for number in range(10):
        facts = EvidenceFacts("document", f"Note {number}", f"wiki/{number}")
        attach_evidence(world.engineer, large.pk, facts, at=world.tick(timedelta(minutes=1)))
    start_release(world.engineer, large.model, at=world.tick())
    with CaptureQueriesContext(connection) as queries:
        page = about(world, large, number=1)
        assert page.report.target is None
        assert page.compared
        assert page.journey.legs
        assert len(page.evidence) > 10
    assert len(queries) <= few <= 24


def test_a_release_too_old_for_the_chooser_is_still_found_by_its_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.model_page.RELEASES", 1)
    first = world.release_at(Stage.LIVE)
    start_release(world.engineer, first.model, at=world.tick())
    assert [one.release.number for one in about(world, first).releases] == [2]
    assert about(world, first, number=1).stage == Stage.LIVE
    with pytest.raises(NotFound):
        about(world, first, number=3)
