"""The controls of the draft: added, changed, renamed and taken out without scripts, and read in any version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.acts.policies import draft_policy
from governance.models import Policy, PolicyStatus
from governance.policy_plain import Place, places_of
from models_registry.vocabulary import RiskTier, Stage
from tests.tracker.web.settings.conftest import Browser
from tests.tracker.web.settings.rich_policy import rich_rules
from tests.world import World

Open = Callable[..., Browser]
NEW = {
    "title": "Robustness",
    "code": "robustness",
    "question": "What does noise do to it?\r\nAnd drift?",
    "evidence": ["benchmark"],
    "framework_0": "nist-ai-rmf",
    "clause_0": "MEASURE 2.6",
    "framework_1": "",
    "clause_1": "",
    "asked_validation": ["medium", "high"],
}


@pytest.fixture
def draft(world: World) -> Policy:
    return draft_policy(world.admin, rich_rules(), "All that the law reads.", at=world.tick())


def test_the_first_control_begins_the_draft_and_says_what_it_changes(world: World, browser: Open) -> None:
    officer = browser(world.officer)
    typed = {**officer.filled("settings_policy_control_new"), **NEW}
    refused = officer.post("settings_policy_control_new", data={**typed, "note": ""})
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"note"})
    saved = officer.post("settings_policy_control_new", data={**typed, "note": "Robustness."})
    assert (saved.status_code, saved["Location"]) == (303, "/settings/policies/draft/controls/")
    rules = Policy.objects.get(status=PolicyStatus.DRAFT).rules
    assert rules["controls"]["robustness"] == {
        "title": "Robustness",
        "question": "What does noise do to it?\nAnd drift?",
        "evidence": ["benchmark"],
        "references": [{"framework": "nist-ai-rmf", "clause": "MEASURE 2.6"}],
    }
    assert places_of(rules, "robustness") == (
        Place(RiskTier.MEDIUM, Stage.VALIDATION),
        Place(RiskTier.HIGH, Stage.VALIDATION),
    )


def test_a_control_that_is_saved_as_it_stands_changes_nothing(world: World, browser: Open, draft: Policy) -> None:
    officer = browser(world.officer)
    before = officer.get("settings_policy_yaml", 2).content
    typed = officer.filled("settings_policy_control", "oversight")
    assert officer.post("settings_policy_control", "oversight", data=typed).status_code == 303
    assert officer.get("settings_policy_yaml", 2).content == before


def test_a_new_code_follows_the_control_everywhere(world: World, browser: Open, draft: Policy) -> None:
    officer = browser(world.officer)
    typed = officer.filled("settings_policy_control", "logging", code="event-logs")
    assert officer.post("settings_policy_control", "logging", data=typed).status_code == 303
    draft.refresh_from_db()
    assert set(draft.rules["controls"]) == {"event-logs", "oversight"}
    assert draft.rules["tiers"]["high"]["validation"]["controls"] == ["oversight", "event-logs"]
    assert officer.get("settings_policy_control", "logging").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "oversight"}, "code"),
        ({"code": "two words"}, "code"),
        ({"code": "model_card"}, "code"),
        ({"title": " "}, "title"),
        ({"clause_0": ""}, "clause_0"),
        ({"framework_1": "x" * 61, "clause_1": "1"}, "framework_1"),
        ({"evidence": ["a hunch"]}, "evidence"),
    ],
)
def test_what_is_no_control_is_said_at_its_field(
    world: World, browser: Open, draft: Policy, changes: dict[str, Any], field: str
) -> None:
    officer = browser(world.officer)
    typed = {**officer.filled("settings_policy_control_new"), **NEW, **changes}
    page = officer.post("settings_policy_control_new", data=typed)
    assert (page.status_code, set(page.context["form"].errors)) == (422, {field})
    assert page.context["form"]["question"].value() == NEW["question"]
    assert set(Policy.objects.get(version=2).rules["controls"]) == {"logging", "oversight"}


def test_more_rows_of_references_keep_what_was_typed(world: World, browser: Open, draft: Policy) -> None:
    officer = browser(world.officer)
    typed = {**officer.filled("settings_policy_control_new"), **NEW, "more": "references"}
    page = officer.post("settings_policy_control_new", data=typed)
    form = page.context["form"]
    assert (page.status_code, form.errors, len(form.reference_rows)) == (200, {}, 4)
    assert [form[name].value() for name in ("title", "clause_0")] == ["Robustness", "MEASURE 2.6"]
    assert form["asked_validation"].value() == ["medium", "high"]


def test_a_control_is_taken_out_after_being_asked_once_more(world: World, browser: Open, draft: Policy) -> None:
    officer = browser(world.officer)
    asked = officer.get("settings_policy_control_remove", "oversight")
    assert "High risk: brief, validation" in asked.content.decode()
    typed = {"seen": asked.context["seen"]}
    assert officer.post("settings_policy_control_remove", "oversight", data=typed).status_code == 303
    draft.refresh_from_db()
    assert list(draft.rules["controls"]) == ["logging"]
    assert places_of(draft.rules, "oversight") == ()
    assert officer.post("settings_policy_control_remove", "oversight", data=typed).status_code == 404


def test_who_was_overtaken_loses_no_word_and_the_others_part_stays(world: World, browser: Open, draft: Policy) -> None:
    officer, admin = browser(world.officer), browser(world.admin)
    mine = officer.filled("settings_policy_control", "oversight", title="Oversight by people")
    general = admin.filled("settings_policy_draft", vacancy_days="3")
    assert admin.post("settings_policy_draft", data=general).status_code == 303
    refused = officer.post("settings_policy_control", "oversight", data=mine)
    assert refused.status_code == 409
    assert 'value="Oversight by people"' in refused.content.decode()
    again = {**mine, "seen": refused.context["seen"]}
    assert officer.post("settings_policy_control", "oversight", data=again).status_code == 303
    draft.refresh_from_db()
    assert (draft.rules["vacancy_days"], draft.rules["controls"]["oversight"]["title"]) == ("3", "Oversight by people")


@pytest.mark.parametrize("role", ["lead", "auditor", "stranger"])
def test_others_read_the_controls_and_write_none(world: World, browser: Open, draft: Policy, role: str) -> None:
    session = browser(getattr(world, role))
    read = session.get("settings_policy_controls", 2).content.decode()
    assert "Human oversight" in read
    assert "EU AI Act Article 14(4)" in read
    assert "draft/controls/" not in read
    for name, args in (("settings_policy_control_new", ()), ("settings_policy_control", ("oversight",))):
        assert session.get(name, *args).status_code == 403
        assert session.post(name, *args, data=NEW).status_code == 403
    assert session.post("settings_policy_control_remove", "oversight", data={}).status_code == 403
    assert session.get("settings_policy_draft_controls").status_code == 403


@pytest.mark.parametrize("more", [0, 99])
def test_the_list_costs_the_same_for_two_controls_and_for_a_hundred(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    rules = rich_rules()
    rules["controls"] |= {f"control-{number}": {"title": f"Control {number}"} for number in range(more)}
    draft_policy(world.admin, rules, "Many.", at=world.tick())
    session = browser(world.officer)
    session.get("settings_policy_draft_controls")
    with django_assert_num_queries(6):
        page = session.get("settings_policy_draft_controls")
    assert (len(page.context["controls"].rows), page.context["controls"].total) == (min(50, more + 2), more + 2)
    assert len(session.table("settings_policy_draft_controls")) == more + 3
