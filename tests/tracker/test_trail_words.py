"""The trail in words: every act that a release goes through is told as a sentence."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils import timezone

from governance.models import AuditEvent
from models_registry.vocabulary import Stage
from tests.world import World
from tracker.trail_words import told

ROOT = Path(__file__).resolve().parents[2]


def event(act: str, **detail: object) -> AuditEvent:
    return AuditEvent(act=act, actor_name="Marta Oliveira", at=timezone.now(), detail=detail)


def test_every_act_of_a_whole_life_is_told(world: World) -> None:
    world.release_at(Stage.RETIRED)
    for one in AuditEvent.objects.filter(chain__startswith="release:"):
        sentence = told(one)
        assert sentence.icon != "history", one.act
        assert sentence.who == one.actor_name
        assert "None" not in sentence.did, sentence.did
        assert "_" not in sentence.did.split("“")[0], sentence.did


def test_every_act_on_a_release_that_the_code_writes_is_known() -> None:
    acts = set()
    for path in (ROOT / "governance").rglob("*.py"):
        acts |= set(
            re.findall(
                r'"((?:model|release|brief|candidate|evidence|deployment|owner|handover|stage|stall|glass|review|finding|waiver|hold|extension|cost)\.[a-z_]+)"',
                path.read_text(),
            )
        )
    assert len(acts) > 25
    assert [act for act in sorted(acts) if told(event(act)).icon == "history"] == []


def test_a_move_tells_where_to_and_who_answers() -> None:
    assert told(event("stage.advance", target="deployment", owner=None)).did == (
        "moved it into deployment, nobody owns it yet"
    )
    assert told(event("stage.advance", target="validation", owner="Jonas Weber")).did == (
        "moved it into validation, Jonas Weber answers for it"
    )
    assert "broken glass" in told(event("stage.advance", target="live", glass=True)).did
    assert told(event("stage.advance", target="live")).tone == "ok"


def test_a_decision_is_told_with_its_reason() -> None:
    decided = told(event("review.decide", outcome="request_changes", reason="The card is old."))
    assert (decided.did, decided.quote, decided.tone) == ("asked for changes", "The card is old.", "breach")


def test_a_detail_that_nobody_expects_does_no_harm() -> None:
    assert told(AuditEvent(act="cost.record", actor_name="A", at=timezone.now(), detail=["no", "mapping"])).did
    assert (
        told(event("cost.record", amount="much", kind="magic", stage="nowhere")).did
        == "recorded much  of magic, nowhere"
    )
    assert told(event("something.new")).did == "something new"
