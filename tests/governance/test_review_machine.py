"""A search for acts after which an approval stands on what it did not see, or on the word of a hand in the release.

That it would find one is shown with seven faults planted in the law, one after the other: it finds all seven by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from governance import dossiers
from governance.acts import deciding
from governance.gates import ApprovalFacts, dossier_digest
from tests.governance.reviewing import Reviewing, start
from tests.world import World

Plant = Callable[[pytest.MonkeyPatch], object]


def machine_of(world: World) -> type[Reviewing]:
    return type("Started", (Reviewing,), {"given": start(world)})


def search(machine: type[Reviewing], examples: int = 3) -> None:
    """The search itself, the same every time. What it finds is not made smaller: only whether it finds it counts."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=5,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_no_sequence_of_acts_leaves_an_approval_on_what_it_did_not_see(world: World) -> None:
    search(machine_of(world))


def digest_without(place: int, instead: Any) -> Plant:
    """A digest of the dossier that does not cover one of its parts."""

    def careless(*parts: Any) -> str:
        covered = list(parts)
        covered[place] = instead
        return dossier_digest(*covered)

    return lambda patch: patch.setattr(dossiers, "dossier_digest", careless)


PLANTED: dict[str, Plant] = {
    "no candidate in the digest": digest_without(0, None),
    "no evidence in the digest": digest_without(1, ()),
    "no brief in the digest": digest_without(2, None),
    "no policy in the digest": digest_without(3, 0),
    "approvals never end": lambda patch: patch.setattr(ApprovalFacts, "lapsed", lambda _approval, _at: False),
    "conditions never end an approval": lambda patch: patch.setattr(
        dossiers, "earliest", lambda moments: next(iter(moments), None)
    ),
    "two eyes": lambda patch: patch.setattr(deciding, "bars", lambda _person, _review: ""),
}


def what_it_finds(machine: type[Reviewing]) -> str:
    try:
        search(machine, examples=1)
    except AssertionError as found:
        return str(found)
    return ""


@pytest.mark.django_db
def test_the_search_finds_every_fault_that_is_planted_in_the_law(world: World) -> None:
    machine = machine_of(world)
    missed = []
    for name, plant in PLANTED.items():
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            said = what_it_finds(machine)
        if not re.search(r"nobody approved|had a hand in", said):
            missed.append(name)
    assert missed == []
