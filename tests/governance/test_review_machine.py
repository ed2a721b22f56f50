"""A search for acts after which an approval stands on what it did not see, or on the word of a hand in the release.

What the search would find is shown with faults planted in the law: a few acts each, and the same checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from governance import dossiers
from governance.acts import deciding
from governance.gates import ApprovalFacts, dossier_digest
from models_registry.vocabulary import EvidenceKind
from tests.governance.reviewing import Reviewing, start
from tests.world import World

OFFICER, HYBRID = 0, 1
CARD = EvidenceKind.MODEL_CARD
Act = Callable[[Reviewing], object]
Plant = Callable[[pytest.MonkeyPatch], object]


def machine_of(world: World) -> type[Reviewing]:
    return type("Started", (Reviewing,), {"given": start(world)})


@pytest.mark.django_db
def test_no_sequence_of_acts_leaves_an_approval_on_what_it_did_not_see(world: World) -> None:
    run_state_machine_as_test(
        machine_of(world),
        settings=settings(
            max_examples=7,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def digest_without(place: int, instead: Any) -> Plant:
    """A digest of the dossier that does not cover one of its parts."""

    def careless(*parts: Any) -> str:
        covered = list(parts)
        covered[place] = instead
        return dossier_digest(*covered)

    return lambda patch: patch.setattr(dossiers, "dossier_digest", careless)


PLANTED: dict[str, tuple[Plant, Sequence[Act]]] = {
    "no candidate in the digest": (
        digest_without(0, None),
        [lambda it: it.approve(OFFICER), lambda it: it.change("candidate", CARD)],
    ),
    "no evidence in the digest": (
        digest_without(1, ()),
        [lambda it: it.approve(OFFICER), lambda it: it.change("replacement", CARD)],
    ),
    "no brief in the digest": (
        digest_without(2, None),
        [lambda it: it.approve(OFFICER), lambda it: it.change("brief", CARD)],
    ),
    "no policy in the digest": (
        digest_without(3, 0),
        [lambda it: it.approve(OFFICER), lambda it: it.change("policy", CARD)],
    ),
    "approvals never end": (
        lambda patch: patch.setattr(ApprovalFacts, "lapsed", lambda _approval, _at: False),
        [lambda it: it.approve(OFFICER), lambda it: it.wait(32)],
    ),
    "conditions never end an approval": (
        lambda patch: patch.setattr(dossiers, "earliest", lambda moments: next(iter(moments), None)),
        [lambda it: it.approve(OFFICER, conditional=True), lambda it: it.wait(6)],
    ),
    "two eyes": (
        lambda patch: patch.setattr(deciding, "bars", lambda _person, _review: ""),
        [lambda it: it.change("evidence", CARD, actor=1), lambda it: it.approve(HYBRID)],
    ),
}


def play(machine: type[Reviewing], acts: Sequence[Act], plant: Plant | None = None) -> None:
    running = machine()
    try:
        with pytest.MonkeyPatch.context() as patch:
            if plant is not None:
                plant(patch)
            for act in acts:
                act(running)
                running.check()
    finally:
        running.teardown()


@pytest.mark.django_db
def test_faults_planted_in_the_law_are_found(world: World) -> None:
    machine = machine_of(world)
    for plant, acts in PLANTED.values():
        play(machine, acts)
        with pytest.raises(AssertionError, match=r"nobody approved|had a hand in"):
            play(machine, acts, plant)
