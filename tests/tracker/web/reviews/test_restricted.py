"""A seat in a group that a review asks opens one release of a restricted model, to be read, and nothing more."""

from __future__ import annotations

from typing import Any

import pytest

from governance import permissions
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.groups import add_to_group, make_group, take_from_group
from governance.acts.intake import start_release
from governance.acts.reviews import give_feedback
from governance.errors import NotFound, NotPermitted
from models_registry.models import Person, Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import told
from tests.tracker.web.reviews.test_judging import policy
from tests.tracker.web.visiting import Visit, words
from tests.world import World
from tracker.models import Channel
from tracker.stalls import notice

HIDDEN = ("/", "/models/", "/stalls/", "/debt/", "/board/", "/claims/", "/insights/", "/audit/")


@pytest.fixture
def legal(world: World) -> Person:
    """Somebody of Legal, which approves, and of no team."""
    group = make_group(world.admin, "Legal", at=world.tick())
    add_to_group(world.admin, group.pk, world.stranger, at=world.tick())
    policy(world, approvers=[{"group": "legal", "quorum": 1}])
    return world.stranger


def secret(world: World) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name="secret-scorer", restricted=True)


def pages_of(world: World, release: Release) -> list[str]:
    piece = release.evidence.earliest("pk")
    return [
        f"/reviews/{world.open_review(release).pk}/",
        f"/models/{release.model.slug}/?release={release.number}",
        f"/releases/evidence/{piece.pk}/",
    ]


def test_whoever_sits_in_a_group_that_approves_reads_that_release(world: World, visit: Visit, legal: Person) -> None:
    release = secret(world)
    seated, other = visit(legal), visit(world.person("Noor Haddad"))
    for page in pages_of(world, release):
        assert "secret-scorer" in words(seated.get(page))
        assert other.get(page).status_code == 404
    assert "secret-scorer" in words(seated.get("/reviews/"))
    assert "secret-scorer" not in words(other.get("/reviews/"))


def test_the_seat_shows_no_other_release_and_no_list_of_models(world: World, visit: Visit, legal: Person) -> None:
    release = secret(world)
    client = visit(legal)
    later = start_release(world.engineer, release.model, at=world.tick())
    other = world.release_at(Stage.BRIEF, name="secret-other", restricted=True)
    facts = EvidenceFacts("document", "Of the later one", "doc/9")
    hidden = attach_evidence(world.engineer, later.pk, facts, at=world.tick())
    shown = client.get(f"/models/{release.model.slug}/")
    assert "secret-scorer" in words(shown)
    assert "release=2" not in shown.content.decode()
    for page in (
        f"/models/{release.model.slug}/?release=2",
        f"/models/{other.model.slug}/",
        f"/releases/evidence/{hidden.pk}/",
    ):
        assert client.get(page).status_code == 404
    for page in HIDDEN:
        assert b"secret" not in client.get(page).content


def test_the_seat_lets_nobody_work_on_the_model(world: World, visit: Visit, legal: Person) -> None:
    release, client = secret(world), visit(legal)
    visit_of = world.visit(release)
    of_model = (permissions.work_on, permissions.lead, permissions.waive, permissions.lower_tier, permissions.see)
    of_visit = (permissions.move, permissions.hold, permissions.assign)
    rules: list[tuple[Any, Any]] = [(rule, release.model) for rule in of_model]
    rules += [(rule, visit_of) for rule in of_visit]
    for rule, about in rules:
        with pytest.raises(NotFound):
            rule(legal, about)
    permissions.review(legal, world.open_review(release))
    for page in ("evidence/add/", "advance/", "costs/add/"):
        assert client.get(f"/releases/{release.pk}/{page}").status_code == 404


def test_without_the_seat_or_the_review_it_is_hidden_again(world: World, visit: Visit, legal: Person) -> None:
    release, client = secret(world), visit(legal)
    early = world.release_at(Stage.VALIDATION, name="secret-early", restricted=True)
    assert client.get(f"/models/{early.model.slug}/").status_code == 404
    policy(world)
    add = make_group(world.admin, "Other", at=world.tick())
    add_to_group(world.admin, add.pk, legal, at=world.tick())
    take_from_group(world.admin, legal.seats.get(group__slug="legal").group_id, legal, at=world.tick())
    for page in pages_of(world, release):
        assert client.get(page).status_code == 404
    with pytest.raises(NotFound):
        permissions.review(legal, world.open_review(release))


def test_whoever_is_asked_for_advice_is_told_reads_it_and_gives_it(world: World, visit: Visit, legal: Person) -> None:
    policy(world, feedback=["legal"])
    release = secret(world)
    review = world.open_review(release)
    notice(world.now)
    assert legal in told(release, AlertKind.FEEDBACK_ASKED, Channel.INBOX)
    assert "secret-scorer" in words(visit(legal).get("/inbox/"))
    said = {"group": "legal", "stance": "no_objection", "text": "Fine.", "seen_digest": world.digest(release)}
    give_feedback(legal, review.pk, **said, at=world.tick())
    with pytest.raises((NotFound, NotPermitted)):
        give_feedback(world.person("Noor Haddad"), review.pk, **said, at=world.tick())
