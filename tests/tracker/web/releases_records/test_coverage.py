"""A release against a framework: what stands, what is missing, and what the policy never asked."""

from __future__ import annotations

import pytest
from django.urls import reverse

from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import publish_policy
from governance.coverage import release_coverage
from governance.dossiers import controls_of, dossier_of
from governance.packs import pack_of
from models_registry.models import Evidence, Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World


@pytest.fixture
def asked(world: World) -> Release:
    """A release in validation under a policy with the controls of SR 11-7; nothing is attached."""
    policy, _ = add_pack_to_draft(world.officer, "sr-11-7", ["low"], at=world.tick())
    publish_policy(world.admin, policy.pk, at=world.tick())
    return world.release_at(Stage.VALIDATION)


def states(world: World, release: Release, framework: str = "sr-11-7") -> dict[str, str]:
    visit, pack = world.visit(release), pack_of(framework)
    assert pack is not None
    return {row.clause.code: row.state for row in release_coverage(pack, controls_of(visit, dossier_of(visit)))}


def test_a_clause_stands_as_the_worst_of_the_controls_that_answer_it(world: World, asked: Release) -> None:
    before = states(world, asked)
    assert before["V.3: Outcomes Analysis"] == "missing"
    assert before["VI: Model Inventory"] == "unchecked"
    assert before["VI: Internal Audit"] == "not_asked"
    world.prove(asked)
    after = states(world, asked)
    assert after["V.3: Outcomes Analysis"] == "unchecked"
    assert set(after.values()) == {"unchecked", "not_asked"}
    assert states(world, asked, "eu-ai-act")["Article 14(5)"] == "not_asked"


def test_everybody_who_sees_the_release_sees_how_it_stands(world: World, asked: Release, visit: Visit) -> None:
    address = f"/releases/{asked.pk}/coverage/"
    for person in (world.auditor, world.officer, world.engineer, world.stranger):
        assert visit(person).get(address).status_code == 200
    auditor = visit(world.auditor)
    assert address in auditor.get(f"/models/{asked.model.slug}/").content.decode()
    told = words(auditor.get(address, {"framework": "sr-11-7"}))
    assert "V.3: Outcomes Analysis" in told
    assert "Accuracy shown evidence missing nothing attached" in told
    assert "about the organisation as a whole" in told
    world.prove(asked)
    proven = words(visit(world.auditor).get(address, {"framework": "sr-11-7"}))
    assert "Accuracy shown not looked at yet Validation report 1" in proven
    report = Evidence.objects.get(release=asked, kind="validation_report")
    assert (
        f'href="{reverse("evidence", args=[report.pk])}"'
        in auditor.get(address, {"framework": "sr-11-7"}).content.decode()
    )
    assert "Missing, stale or not met 0 of 12" in proven
    gaps = words(visit(world.auditor).get(address, {"framework": "eu-ai-act", "show": "gaps"}))
    assert "not asked by the policy" in gaps
    assert "the pack has" in gaps


def test_a_hidden_release_is_missing_here_too(world: World, visit: Visit) -> None:
    hidden = world.release_at(Stage.BRIEF, restricted=True)
    assert visit(world.stranger).get(f"/releases/{hidden.pk}/coverage/").status_code == 404
    assert visit(world.auditor).get(f"/releases/{hidden.pk}/coverage/").status_code == 200


def test_the_review_leads_there_and_the_clauses_are_exported(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    officer = visit(world.officer)
    address = f"/releases/{release.pk}/coverage/"
    review = officer.get(f"/reviews/{world.open_review(release).pk}/")
    assert address in review.content.decode()
    assert "Risk tier: Low risk From the answers of the brief. Jonas Weber" in words(review)
    answer = officer.get(address, {"framework": "iso-42001", "format": "csv"})
    lines = b"".join(answer).decode().splitlines()
    assert any(line.startswith("A.7.4,Quality of data,no,not asked by the policy") for line in lines)


def test_the_page_asks_the_database_the_same_whatever_is_attached(world: World, asked: Release, visit: Visit) -> None:
    address = f"/releases/{asked.pk}/coverage/?framework=sr-11-7"
    bare = queries_of(visit(world.auditor), address)
    world.prove(asked)
    assert queries_of(visit(world.auditor), address) == bare
