"""Two versions side by side, a policy that nobody could satisfy, and the open releases that a version would touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages

from governance.acts.policies import draft_policy, publish_policy
from governance.acts.transitions import park
from governance.models import AuditEvent, Policy, PolicyStatus
from governance.policy import DEFAULT_RULES
from models_registry.vocabulary import RiskTier, Stage
from tests.governance.acts.test_policies import published, rules
from tests.tracker.web.settings.conftest import Browser
from tests.tracker.web.settings.rich_policy import rich_rules
from tests.tracker.web.visiting import words
from tests.world import World

Open = Callable[..., Browser]


# --- Side by side ---------------------------------------------------------------------------------------------------


def test_two_versions_are_compared_in_words_either_way(world: World, browser: Open) -> None:
    draft_policy(world.admin, rich_rules(), "All that the law reads.", at=world.tick())
    reader = browser(world.stranger)
    there = words(reader.get("settings_policy_against", 2, 1))
    assert "High risk, compliance review Approvers – 1 of Legal" not in there  # the group has no name yet
    assert "An approval holds without end for 12 months" in there
    assert "Controls Control – Logging (logging)" in there
    rows: Any = reader.client.get("/settings/policies/1/against/2/", {"format": "csv"})
    lines = b"".join(rows.streaming_content).decode().splitlines()
    assert '"High risk, compliance review",an approval holds,for 12 months,without end' in lines
    assert "Both versions ask for the same." in words(reader.get("settings_policy_against", 1, 1))
    chosen = reader.get("settings_policy_against", 2, 2, query={"with": "1"})
    assert (chosen.status_code, chosen["Location"]) == (302, "/settings/policies/2/against/1/")
    assert reader.get("settings_policy_against", 2, 7).status_code == 404


def test_the_page_of_a_version_says_what_it_changes_and_what_its_review_asks(world: World, browser: Open) -> None:
    draft_policy(world.admin, rich_rules(), "All that the law reads.", at=world.tick())
    page = words(browser(world.stranger).get("settings_policy", 2))
    assert "High risk, brief Gate stays shut until everything is met warns of what is unmet" in page
    assert "1 of legal, 2 of Compliance officers" in page
    assert "2 controls , each with" in page
    assert "the approvers in turn" in page


# --- Nobody could -----------------------------------------------------------------------------------------------------


def test_a_policy_that_nobody_could_satisfy_says_so_and_has_no_button(world: World, browser: Open) -> None:
    draft_policy(world.admin, rules("high", approvals=3), "Three of two.", at=world.tick())
    officer = browser(world.officer)
    said = "3 people of Compliance officers have to approve, and it has 2."
    assert said in words(officer.get("settings_policy", 2))
    asked = officer.get("settings_policy_publish", 2)
    assert said in words(asked)
    assert "Publish version 2" not in words(asked)
    refused = officer.post("settings_policy_publish", 2, data={"seen": asked.context["seen"]})
    assert refused.status_code == 422
    assert said in words(refused)
    assert Policy.objects.get(version=2).status == PolicyStatus.DRAFT


def test_a_narrow_policy_warns_and_is_published(world: World, browser: Open) -> None:
    draft_policy(world.admin, DEFAULT_RULES, "The same.", at=world.tick())
    officer = browser(world.officer)
    asked = officer.get("settings_policy_publish", 2)
    assert "2 people of Compliance officers have to approve, which is everybody in it" in words(asked)
    done = officer.post("settings_policy_publish", 2, data={"seen": asked.context["seen"]})
    assert (done.status_code, done["Location"]) == (303, "/settings/policies/")


# --- Open releases ----------------------------------------------------------------------------------------------------


def test_publishing_leads_to_the_releases_that_are_touched_and_they_are_moved_on_request(
    world: World, browser: Open
) -> None:
    touched, left = world.release_at(Stage.VALIDATION), world.release_at(Stage.DEPLOYMENT, tier=RiskTier.HIGH)
    kinds = ["training_run", "model_card", "security_scan"]
    draft_policy(world.admin, rules(stage="validation", budget_days="2", evidence=kinds), "Faster.", at=world.tick())
    officer = browser(world.officer)
    done = officer.post("settings_policy_publish", 2, data={})
    assert (done.status_code, done["Location"]) == (303, "/settings/policies/2/releases/")
    page = officer.get("settings_policy_releases", 2)
    said = words(page)
    assert "Time budget: 10 days → 2 days" in said
    assert "Check appears: Security scan not met yet" in said
    assert "Check vanishes: Validation report" in said
    assert "No longer met: 2 approvals" in said
    refused = officer.post("settings_policy_releases", 2, data={"releases": [touched.pk], "reason": ""})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"reason"})
    assert refused.context["chosen"] == {touched.pk}
    none = officer.post("settings_policy_releases", 2, data={"reason": "Faster for all."})
    assert (none.status_code, set(none.context["form"].errors)) == (422, {"releases"})
    sent = {"releases": [touched.pk], "reason": "Faster for all."}
    assert officer.post("settings_policy_releases", 2, data=sent).status_code == 303
    assert (world.visit(touched).policy.version, world.visit(left).policy.version) == (2, 1)
    again = officer.post("settings_policy_releases", 2, data=sent)
    told = [str(one) for one in get_messages(again.wsgi_request)]
    assert f"{touched} was not moved. It is under version 2 already, in validation." in told
    assert AuditEvent.objects.filter(act="policy.move").count() == 1


def test_all_are_moved_at_once_and_who_is_parked_is_not_offered(world: World, browser: Open) -> None:
    moved = [world.release_at(Stage.BRIEF), world.release_at(Stage.VALIDATION)]
    parked = world.release_at(Stage.BRIEF)
    park(world.lead, parked.pk, "priority_change", "Other work first.", at=world.tick())
    published(world, rules())
    officer = browser(world.officer)
    rows: Any = officer.client.get("/settings/policies/2/releases/", {"format": "csv"})
    assert len(b"".join(rows.streaming_content).decode().splitlines()) == 1 + 2
    done = officer.post("settings_policy_releases", 2, data={"everything": "yes", "reason": "Same for all."})
    assert done.status_code == 303
    assert [world.visit(release).policy.version for release in (*moved, parked)] == [2, 2, 1]
    assert "Every open release is under this version" in words(officer.get("settings_policy_releases", 2))


def test_only_who_writes_policies_moves_and_only_to_the_version_in_force(world: World, browser: Open) -> None:
    release = world.release_at(Stage.BRIEF)
    published(world, rules())
    for person in (world.lead, world.auditor, world.stranger):
        session = browser(person)
        assert session.get("settings_policy_releases", 2).status_code == 403
        sent = {"releases": [release.pk], "reason": "Now."}
        assert session.post("settings_policy_releases", 2, data=sent).status_code == 403
    assert browser(world.officer).get("settings_policy_releases", 1).status_code == 409
    assert world.visit(release).policy.version == 1


@pytest.mark.parametrize("more", [0, 6])
def test_the_list_costs_the_same_for_one_release_and_for_many(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    for _ in range(more + 1):
        world.release_at(Stage.COMPLIANCE_REVIEW)
    drafted = draft_policy(world.admin, rich_rules() | {"tiers": rules(budget_days="2")["tiers"]}, "x", at=world.tick())
    publish_policy(world.officer, drafted.pk, at=world.tick())
    session = browser(world.officer)
    session.get("settings_policy_releases", 2)
    with django_assert_num_queries(16):
        assert len(session.get("settings_policy_releases", 2).context["listing"].rows) == more + 1
