"""The taxonomy of holds: added to, renamed, reordered, retired, and never deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from governance.acts.hold_reasons import (
    add_hold_reason,
    edit_hold_reason,
    hold_reason_mark,
    move_hold_reason,
    restore_hold_reason,
    retire_hold_reason,
)
from governance.acts.holds import hold
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent, Hold, HoldReasonEntry
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tests.world import World


def _codes() -> list[str]:
    return list(HoldReasonEntry.objects.values_list("code", flat=True))


def _on_hold(world: World, code: str) -> Hold:
    release = world.release_at(Stage.BRIEF)
    end = world.now + timedelta(days=5)
    return hold(
        world.engineer, release.pk, reason_code=code, reason="Wait.", waits_on="", expected_end=end, at=world.now
    )


def test_a_new_reason_is_offered_last_and_found_by_its_code(world: World) -> None:
    entry = add_hold_reason(world.admin, "Würde der Ethik-Kommission, noch offen", "reviewer", at=world.tick())
    assert (_codes()[-1], entry.waits_on) == ("wurde_der_ethik_kommissi", "reviewer")
    held = _on_hold(world, entry.code)
    assert (held.label, held.waits_on) == ("Würde der Ethik-Kommission, noch offen", "reviewer")


def test_two_reasons_of_one_beginning_get_two_codes(world: World) -> None:
    first = add_hold_reason(world.admin, "!", "owner", at=world.tick())
    second = add_hold_reason(world.admin, "?", "owner", at=world.tick())
    assert (first.code, second.code) == ("reason", "reason_2")


@pytest.mark.parametrize(
    ("label", "waits_on", "field"),
    [
        (" ", "owner", "label"),
        ("x" * 81, "owner", "label"),
        ("access to DATA", "owner", "label"),
        ("New", "", "waits_on"),
    ],
)
def test_a_reason_says_what_and_whom(world: World, label: str, waits_on: str, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        add_hold_reason(world.admin, label, waits_on)
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_a_new_name_is_read_wherever_the_reason_was_used_and_the_trail_keeps_the_old_one(world: World) -> None:
    entry = HoldReasonEntry.objects.get(code="data_access")
    held = _on_hold(world, "data_access")
    seen = hold_reason_mark(entry)
    edit_hold_reason(world.admin, entry.pk, "Access to records", "external", seen=seen, at=world.tick())
    assert Hold.objects.get(pk=held.pk).label == "Access to records"
    assert AuditEvent.objects.get(act="hold.start").detail["reason_label"] == "Access to data"
    with pytest.raises(Conflict, match="changed Access to records"):
        edit_hold_reason(world.admin, entry.pk, "Access", "external", seen=seen, at=world.tick())


def test_reasons_change_places_and_stay_at_the_ends(world: World) -> None:
    before = _codes()
    second, last = HoldReasonEntry.objects.get(code=before[1]), HoldReasonEntry.objects.get(code=before[-1])
    move_hold_reason(world.admin, second.pk, up=True, at=world.tick())
    assert _codes() == [before[1], before[0], *before[2:]]
    move_hold_reason(world.admin, second.pk, up=True, at=world.tick())
    move_hold_reason(world.admin, last.pk, up=False, at=world.tick())
    assert _codes() == [before[1], before[0], *before[2:]]
    with pytest.raises(NotFound):
        move_hold_reason(world.admin, 999_999, up=True)


def test_a_retired_reason_is_offered_no_more_and_stays_where_it_was_used(world: World) -> None:
    entry = HoldReasonEntry.objects.get(code="data_access")
    held = _on_hold(world, "data_access")
    retire_hold_reason(world.admin, entry.pk, at=world.tick())
    assert Hold.objects.get(pk=held.pk).label == "Access to data"
    with pytest.raises(Invalid):
        _on_hold(world, "data_access")
    with pytest.raises(Conflict):
        retire_hold_reason(world.admin, entry.pk)
    restore_hold_reason(world.admin, entry.pk, at=world.tick())
    with pytest.raises(Conflict):
        restore_hold_reason(world.admin, entry.pk)
    _on_hold(world, "data_access")


def test_the_last_reason_is_not_retired(world: World) -> None:
    *others, last = HoldReasonEntry.objects.all()
    for entry in others:
        retire_hold_reason(world.admin, entry.pk, at=world.tick())
    with pytest.raises(Conflict, match="the only reason left"):
        retire_hold_reason(world.admin, last.pk)


def test_only_administrators_change_the_list(world: World) -> None:
    entry = HoldReasonEntry.objects.all()[0]
    for person in (world.lead, world.officer, world.stranger):
        acts: list[Callable[[Person], object]] = [
            lambda who: add_hold_reason(who, "New", "owner"),
            lambda who: edit_hold_reason(who, entry.pk, "New", "owner"),
            lambda who: move_hold_reason(who, entry.pk, up=False),
            lambda who: retire_hold_reason(who, entry.pk),
            lambda who: restore_hold_reason(who, entry.pk),
        ]
        for act in acts:
            with pytest.raises(NotPermitted):
                act(person)
    assert not AuditEvent.objects.filter(act__startswith="hold_reason.").exists()
