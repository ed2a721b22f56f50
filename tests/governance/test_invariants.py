"""Tries to break each invariant of the architecture past the acts, in the database itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from governance.acts.briefs import amend_brief
from governance.acts.costs import CostFacts, record_cost, reverse_cost
from governance.acts.holds import hold, resume
from governance.acts.ownership import claim, offer_handover
from governance.acts.transitions import break_glass
from governance.models import (
    AuditEvent,
    BreakGlass,
    Decision,
    Departure,
    HandoverOffer,
    Hold,
    Policy,
    StageOwnership,
    StageVisit,
    Tenure,
)
from models_registry.models import Brief, CostEntry, DeploymentSpec, Evidence, ModelVersion, WrittenOnceError
from models_registry.vocabulary import CostKind, EndReason, Stage, VisitState, WaitsOn
from tests.world import World


def refused() -> Any:
    """The database refuses, and the transaction around the attempt goes on."""
    return pytest.raises(IntegrityError)


def sql(statement: str, *params: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)


# 1: one open visit, at most one current owner, a vacancy from its first second


def test_a_release_cannot_have_a_second_open_visit(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    visit = world.visit(release)
    with refused(), transaction.atomic():
        StageVisit.objects.create(release=release, stage=Stage.LIVE, tier="low", policy=visit.policy)


def test_a_visit_cannot_have_a_second_current_owner_nor_an_owner_beside_a_vacancy(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    for owner in (world.engineer, None):
        with refused(), transaction.atomic():
            StageOwnership.objects.create(visit=world.visit(release), owner=owner, began=Tenure.CLAIMED)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage != Stage.RETIRED])
def test_every_stage_underway_has_an_owner_or_a_vacancy_from_its_first_second(world: World, stage: Stage) -> None:
    release = world.release_at(stage)
    visits = StageVisit.objects.filter(release=release, state=VisitState.UNDERWAY)
    for visit in visits:
        spells = list(visit.ownerships.order_by("since", "id"))
        assert spells[0].since == visit.entered_at
        assert spells[-1].until == visit.left_at
        assert [spell.until for spell in spells[:-1]] == [spell.since for spell in spells[1:]]


def test_a_vacancy_has_a_clock_and_an_owner_has_none(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    assert world.spell(release).stalls_at is not None
    claim(world.engineer, release.pk, at=world.tick())
    owned = world.spell(release)
    with refused(), transaction.atomic():
        StageOwnership.objects.filter(pk=owned.pk).update(stalls_at=timezone.now())


# 3: no gate is passed without a reason


def test_glass_without_a_reason_and_a_return_without_one_are_refused(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, visit = world.open_review(release), world.visit(release)
    with refused(), transaction.atomic():
        BreakGlass.objects.create(
            release=release, visit=visit, target=Stage.DEPLOYMENT, reason="", broken_by=world.lead, review=review
        )
    with refused(), transaction.atomic():
        StageVisit.objects.filter(pk=visit.pk).update(arrived_by=Departure.SENT_BACK, reason="")
    with refused(), transaction.atomic():
        StageVisit.objects.filter(pk=visit.pk).update(state=VisitState.KILLED, reason_code=EndReason.NO_VALUE)


# 6: closed visits never change


def test_a_closed_visit_spell_and_hold_never_change(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    ends = world.now + timedelta(days=9)
    hold(
        world.engineer,
        release.pk,
        reason_code="data_access",
        reason="Waiting.",
        waits_on=WaitsOn.EXTERNAL,
        expected_end=ends,
        at=world.tick(),
    )
    past_hold = resume(world.engineer, release.pk, at=world.tick())
    past_visit = StageVisit.objects.get(release=release, stage=Stage.BRIEF)
    past_spell = StageOwnership.objects.get(visit=past_visit)
    for row, change in (
        (past_visit, {"left_at": None, "departure": ""}),
        (past_visit, {"entered_at": world.now - timedelta(days=90)}),
        (past_spell, {"owner": world.lead}),
        (past_hold, {"reason": "Something else."}),
    ):
        with refused(), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)
    for row in (past_visit, past_spell, past_hold, world.visit(release), world.spell(release)):
        with refused(), transaction.atomic():
            sql(f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)  # a table of ours


# 8 and 9: append-only, never edited


def test_written_once_rows_refuse_orm_and_sql(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    entry = record_cost(
        world.engineer,
        release.pk,
        CostFacts(Stage.LIVE, CostKind.COMPUTE, world.now.date(), amount=Decimal(100)),
        at=world.tick(),
    )
    reverse_cost(world.engineer, entry.pk, "Typed twice.", at=world.tick())
    once = {
        AuditEvent: "act",
        CostEntry: "note",
        Decision: "reason",
        DeploymentSpec: "content",
        Evidence: "title",
        ModelVersion: "uri",
    }
    for model, column in once.items():
        row: Any = model._default_manager.first()
        assert row is not None
        with pytest.raises(WrittenOnceError):
            row.save()
        with pytest.raises(WrittenOnceError):
            row.delete()
        with pytest.raises(WrittenOnceError):
            model._default_manager.update(**{column: "x"})
        table = model._meta.db_table
        with refused():
            sql(f"UPDATE {table} SET {column} = {column} WHERE id = %s", row.pk)  # a table of ours
        with refused():
            sql(f"DELETE FROM {table} WHERE id = %s", row.pk)  # a table of ours


def test_broken_glass_is_written_once(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    broken = break_glass(world.lead, release.pk, "Deadline.", at=world.tick())
    for statement in ("UPDATE governance_breakglass SET reason = 'x'", "DELETE FROM governance_breakglass"):
        with refused():
            sql(statement)
    assert BreakGlass.objects.get().reason == broken.reason


def test_a_published_policy_and_a_signed_brief_never_change(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with refused(), transaction.atomic():
        Policy.objects.update(rules={})
    with refused():
        sql("DELETE FROM governance_policy")
    with refused(), transaction.atomic():
        Brief.objects.filter(release=release).update(content={})
    with refused():
        sql("DELETE FROM models_registry_brief WHERE release_id = %s", release.pk)


def test_a_draft_may_change_and_only_one_is_open(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    draft = amend_brief(world.engineer, release.pk, "Faster.", at=world.tick())
    assert Brief.objects.filter(pk=draft.pk).update(content={"latency_ms": "80"}) == 1
    with refused(), transaction.atomic():
        Brief.objects.create(release=release, number=3, change_reason="Slower.", author=world.engineer)


def test_an_entry_is_reversed_once_and_a_reversal_is_negative(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    facts = CostFacts(Stage.BRIEF, CostKind.ENGINEERING, world.now.date(), hours=Decimal(10))
    entry = record_cost(world.engineer, release.pk, facts, at=world.tick())
    reversal = reverse_cost(world.engineer, entry.pk, "Wrong release.", at=world.tick())
    assert (reversal.amount, reversal.reverses) == (-entry.amount, entry)
    copy: dict[str, Any] = {
        "release": release,
        "stage": Stage.BRIEF,
        "kind": CostKind.COMPUTE,
        "currency": "EUR",
        "incurred_on": world.now.date(),
    }
    for wrong in (
        {"amount": -5},
        {"amount": 0},
        {"amount": 5, "reverses": entry},
        {"amount": -5, "reverses": entry},
        {"amount": 5, "currency": "eur"},
        {"amount": 5, "kind": CostKind.ENGINEERING},
    ):
        with refused(), transaction.atomic():
            CostEntry.objects.create(**{**copy, **wrong})


def test_evidence_is_superseded_once(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    first = Evidence.objects.filter(release=release).first()
    assert first is not None
    row: dict[str, Any] = {"release": release, "kind": first.kind, "title": "T", "source": "S", "digest": "d"}
    Evidence.objects.create(**row, supersedes=first)
    with refused(), transaction.atomic():
        Evidence.objects.create(**row, supersedes=first)


# what is open once


def test_one_hold_and_one_offer_are_open_at_a_time(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    visit = world.visit(release)
    offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    with refused(), transaction.atomic():
        HandoverOffer.objects.create(visit=visit, offered_by=world.engineer, offered_to=world.lead, note="Also you.")
    row: dict[str, Any] = {
        "visit": visit,
        "reason_code": "other",
        "reason": "R",
        "waits_on": WaitsOn.OWNER,
        "started_by": world.engineer,
        "expected_end": timezone.now() + timedelta(days=2),
    }
    Hold.objects.create(**row)
    with refused(), transaction.atomic():
        Hold.objects.create(**row)


def test_a_failing_trail_undoes_the_act(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = world.release_at(Stage.DEPLOYMENT)

    def no_room(*_: object, **__: object) -> None:
        raise OSError("no space left on the device")

    monkeypatch.setattr("governance.trail.writers.append", no_room)
    with pytest.raises(OSError, match="no space"):
        claim(world.engineer, release.pk, at=world.tick())
    assert world.spell(release).owner is None
