"""The trail belongs to the act: written in its transaction, undone with it, sealed without getting in its way."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from governance.acts.briefs import amend_brief
from governance.acts.costs import CostFacts, record_cost
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.holds import hold
from governance.acts.intake import ModelFacts, edit_model, register_model, start_release
from governance.acts.organisation import deactivate_person
from governance.acts.ownership import assign, claim, step_down
from governance.acts.reviews import decide, withdraw_review
from governance.acts.transitions import advance, break_glass, kill, send_back
from governance.models import AuditEvent, ChainHead
from governance.trail import ORGANISATION, Entry, Verdict, append, hash_of, open_chains, release_chain, seal, verify
from governance.trail.reading import one_moment
from models_registry.models import Release
from models_registry.vocabulary import CostKind, EvidenceKind, Stage
from tests.world import World

Act = Callable[[World, Release], object]


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all facts and records."""
    models = [*apps.get_app_config("models_registry").get_models(), *apps.get_app_config("governance").get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def break_the_trail(chain: str) -> None:
    """Occupy the next place of a chain, so that the next link cannot be written."""
    head = ChainHead.objects.get(chain=chain)
    squatter = AuditEvent(
        chain=chain, sequence=head.sequence + 1, at="2026-06-01T00:00:00Z", act="x", hash="0" * 64, previous="1" * 64
    )
    AuditEvent.objects.bulk_create([squatter])


def _decide(world: World, release: Release) -> object:
    review = world.open_review(release)
    return decide(world.officer, review.pk, "reject", "It does not meet the policy.", seen_digest=world.digest(release))


def _sign_and_advance(world: World, release: Release) -> object:
    world.sign(release)
    return advance(world.engineer, release.pk, at=world.tick())


def _withdraw(world: World, release: Release) -> object:
    return withdraw_review(world.engineer, world.open_review(release).pk, "A mistake.")


def _hold(world: World, release: Release) -> object:
    return hold(
        world.lead,
        release.pk,
        reason_code="legal_contract",
        reason="The contract is not signed.",
        waits_on="external",
        expected_end=world.now + timedelta(days=3),
        at=world.now,
    )


ACTS: dict[str, tuple[Stage, Act]] = {
    "brief": (Stage.BRIEF, lambda world, release: world.sign(release)),
    "break glass": (Stage.DEPLOYMENT, lambda world, release: break_glass(world.lead, release.pk, "An outage.")),
    "send back": (Stage.DEPLOYMENT, lambda world, release: send_back(world.lead, release.pk, Stage.BRIEF, "Again.")),
    "kill": (Stage.VALIDATION, lambda world, release: kill(world.lead, release.pk, "no_value", "It adds nothing.")),
    "claim": (Stage.DEPLOYMENT, lambda world, release: claim(world.engineer, release.pk)),
    "assign": (Stage.DEPLOYMENT, lambda world, release: assign(world.lead, release.pk, world.engineer)),
    "step down": (Stage.VALIDATION, lambda world, release: step_down(world.engineer, release.pk, "I leave.")),
    "hold": (Stage.VALIDATION, _hold),
    "decide": (Stage.COMPLIANCE_REVIEW, _decide),
    "withdraw": (Stage.COMPLIANCE_REVIEW, _withdraw),
    "amend": (Stage.VALIDATION, lambda world, release: amend_brief(world.engineer, release.pk, "More traffic.")),
    "evidence": (
        Stage.VALIDATION,
        lambda world, release: attach_evidence(
            world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1")
        ),
    ),
    "cost": (
        Stage.VALIDATION,
        lambda world, release: record_cost(
            world.engineer,
            release.pk,
            CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), "EUR", Decimal(100)),
        ),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ACTS)
def test_an_act_whose_trail_cannot_be_written_leaves_nothing_behind(world: World, name: str) -> None:
    stage, act = ACTS[name]
    release = world.release_at(stage)
    break_the_trail(release_chain(release.pk))
    before = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        act(world, release)
    assert everything() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["register", "start", "edit", "deactivate"])
def test_the_same_holds_for_acts_that_the_organisations_chain_records(world: World, name: str) -> None:
    release = world.release_at(Stage.VALIDATION)
    acts: dict[str, Callable[[], object]] = {
        "register": lambda: register_model(world.engineer, world.team, ModelFacts("churn-early-warning")),
        "start": lambda: start_release(world.engineer, release.model),
        "edit": lambda: edit_model(world.lead, release.model_id, ModelFacts("another-name")),
        "deactivate": lambda: deactivate_person(world.admin, world.engineer.pk),
    }
    break_the_trail(ORGANISATION)
    before = everything()
    with pytest.raises(IntegrityError), transaction.atomic():
        acts[name]()
    assert everything() == before


@pytest.mark.django_db
def test_a_link_covers_its_columns_and_the_link_before(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    first, second = AuditEvent.objects.filter(chain=release_chain(release.pk)).order_by("sequence")[:2]
    assert (first.sequence, second.sequence, second.previous) == (1, 2, first.hash)
    assert (hash_of(first), hash_of(second)) == (first.hash, second.hash)


@pytest.mark.django_db
def test_what_is_told_survives_the_database_character_by_character(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    odd = {"quote\x00s": "“ä\n\t\\\"'\x00\U0001f600", "deep": [{"1.50": 1.5, "none": None}], "big": 10**30, "yes": True}
    with transaction.atomic():
        append(release_chain(release.pk), [Entry("odd", "release:1", "Na\x00me", world.now, world.lead, detail=odd)])
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_the_trail_is_not_written_outside_a_transaction(world: World) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        append(ORGANISATION, [Entry("x", "trail", "The trail", world.now)])


@pytest.mark.django_db
def test_a_seal_binds_what_moved_and_only_that(world: World) -> None:
    moved, still = world.release_at(Stage.VALIDATION), world.release_at(Stage.BRIEF)
    assert seal(world.now) == 1
    sealing = AuditEvent.objects.get(act="trail.seal")
    head = ChainHead.objects.get(chain=release_chain(moved.pk))
    assert sealing.detail == {"heads": {head.chain: [head.sequence, head.hash]}}
    assert seal(world.now) == 0
    _sign_and_advance(world, still)
    assert seal(world.now) == 1
    assert verify().holds


@pytest.mark.django_db
def test_a_verification_keeps_no_more_in_memory_for_more_chains(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    first, second = _many_chains(release, range(10_000, 11_500)), _many_chains(release, range(20_000, 24_500))
    assert (second[0].holds, second[0].events > 3 * first[0].events) == (True, True)
    assert second[1] < 1.3 * first[1]


def _many_chains(release: Release, numbers: range) -> tuple[Verdict, int]:
    """Open so many chains of two links; the verdict then, and the most bytes that it held at once."""
    releases = [Release(pk=number, model=release.model, number=number) for number in numbers]
    told = [Entry("release.start", f"release:{number}", "A release", release.created_at) for number in numbers]
    with transaction.atomic():
        open_chains(releases, [[entry, entry] for entry in told], release.created_at, None)
    tracemalloc.start()
    try:
        return verify(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.django_db(transaction=True)
def test_a_verification_sees_one_moment_and_lets_the_acts_go_on(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    with one_moment():
        before = list(ChainHead.objects.values_list("chain", "hash"))
        in_another_thread(lambda: claim(world.engineer, release.pk, at=world.tick()))
        assert list(ChainHead.objects.values_list("chain", "hash")) == before
    assert list(ChainHead.objects.values_list("chain", "hash")) != before
    assert verify().holds


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_seal_does_not_wait_for_an_act_that_is_under_way(world: World) -> None:
    busy, idle = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    with transaction.atomic():
        ChainHead.objects.select_for_update().get(chain=release_chain(busy.pk))
        bound: list[int] = []
        in_another_thread(lambda: bound.append(seal(world.now)))
        assert bound == [1]
    assert ChainHead.objects.get(chain=release_chain(idle.pk)).sealed_sequence > 1
    assert seal(world.now) == 1
    assert verify().holds


def in_another_thread(act: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert failed == []
