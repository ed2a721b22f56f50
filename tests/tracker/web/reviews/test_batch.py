"""Several decisions with one reason: each is judged by itself, for the low tier only, and each is told of."""

from __future__ import annotations

import re
from typing import Any

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.models import Decision
from models_registry.models import Release
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.tracker.web.visiting import Visit, words
from tests.world import World

REASON = "Small models, all of it measured and complete."
BATCH = "/reviews/batch/"


def waiting(world: World, name: str, tier: RiskTier = RiskTier.LOW, **more: Any) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name=name, tier=tier, **more)


def offered(answer: Any) -> list[str]:
    """What the boxes of the queue would send."""
    return re.findall(r'name="pick" value="([^"]+)"', answer.content.decode())


def test_only_the_low_tier_is_offered_and_only_to_whom_it_is_open(world: World, visit: Visit) -> None:
    low, _ = waiting(world, "low"), waiting(world, "high", RiskTier.HIGH)
    assert offered(visit(world.officer).get("/reviews/")) == [f"{world.open_review(low).pk}:{world.digest(low)}"]
    page = visit(world.auditor).get("/reviews/")
    assert offered(page) == []
    assert "Decide the selected together" not in words(page)


def test_each_is_judged_on_what_the_page_showed_and_each_is_told_of(world: World, visit: Visit) -> None:
    kept, changed = waiting(world, "kept"), waiting(world, "changed")
    high = waiting(world, "high", RiskTier.HIGH)
    client = visit(world.officer)
    picked = [*offered(client.get("/reviews/")), f"{world.open_review(high).pk}:{world.digest(high)}"]
    attach_evidence(world.engineer, changed.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    answer = client.post(BATCH, {"pick": picked, "outcome": "request_changes", "reason": REASON})
    said = words(answer)
    assert "1 of 3 reviews was decided." in said
    assert "The dossier changed while you read it, so nothing was decided." in said
    assert "Only the low tier is decided together; this one is high risk." in said
    (decision,) = Decision.objects.all()
    assert (decision.review.release, decision.reason) == (kept, REASON)
    again = words(client.post(BATCH, {"pick": picked[:2], "outcome": "request_changes", "reason": REASON}))
    assert "0 of 2 reviews were decided." in again
    assert Decision.objects.count() == 1


def test_an_approval_without_verdicts_names_the_controls_and_leads_to_them(world: World, visit: Visit) -> None:
    release = waiting(world, "low")
    client = visit(world.officer)
    answer = client.post(BATCH, {"pick": offered(client.get("/reviews/")), "outcome": "approve", "reason": REASON})
    said = words(answer)
    assert re.search(r"Not decided\. \d+ controls do not hold yet: .* Give a verdict on each as it stands now", said)
    assert f'href="/reviews/{world.open_review(release).pk}/#controls"' in answer.content.decode()
    assert 'id="controls"' in client.get(f"/reviews/{world.open_review(release).pk}/").content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "Short."}, "Say it in at least 20 characters"),
        ({"outcome": ""}, "Choose what to decide."),
        ({"pick": []}, "Select at least one review of the low tier."),
    ],
)
def test_what_is_missing_is_said_and_the_selection_is_kept(
    world: World, visit: Visit, changes: dict[str, Any], said: str
) -> None:
    waiting(world, "low")
    client = visit(world.officer)
    picked = offered(client.get("/reviews/"))
    answer = client.post(BATCH, {"pick": picked, "outcome": "approve", "reason": REASON, **changes})
    assert answer.status_code == 422
    assert said in words(answer)
    assert offered(answer) == changes.get("pick", picked)
    assert not Decision.objects.exists()


def test_what_is_hidden_or_never_was_is_as_if_it_had_not_been_selected(world: World, visit: Visit) -> None:
    hidden = waiting(world, "secret", restricted=True)
    picked = [f"{world.open_review(hidden).pk}:{world.digest(hidden)}", "999999:x", f"{'9' * 40}:x", "x", "²:y"]
    answer = visit(world.stranger).post(BATCH, {"pick": picked, "outcome": "approve", "reason": REASON})
    assert b"secret" not in answer.content
    assert not Decision.objects.exists()


def test_numbers_that_no_review_has_are_as_if_nothing_was_selected(world: World, visit: Visit) -> None:
    sent = {"pick": ["9" * 5000 + ":x", "\u00b2:x"], "outcome": "approve", "reason": REASON}
    answer = visit(world.officer).post(BATCH, sent)
    assert answer.status_code == 422
    assert "Select at least one review of the low tier." in words(answer)
