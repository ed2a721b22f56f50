"""The settings of policies: read by everybody, written by one, published by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.acts.policies import draft_policy, publish_policy
from governance.controls import GroupQuorum
from governance.models import ApproverGroup, Policy, PolicyStatus
from governance.policy import DEFAULT_RULES, parse
from governance.policy_plain import plain
from governance.policy_yaml import read_policy
from models_registry.vocabulary import GateMode, RiskTier, Stage
from tests.tracker.web.settings.conftest import Browser
from tests.tracker.web.settings.rich_policy import rich_rules
from tests.world import World

Open = Callable[..., Browser]
WRITING = ("admin", "officer")
OTHERS = ("lead", "engineer", "viewer", "auditor", "stranger")


def drafted(world: World, **changes: Any) -> Policy:
    return draft_policy(world.admin, {**DEFAULT_RULES, **changes}, "Two days for an owner.", at=world.tick())


@pytest.mark.parametrize("role", [*WRITING, *OTHERS])
def test_everybody_reads_every_version(world: World, browser: Open, role: str) -> None:
    draft = drafted(world)
    session = browser(getattr(world, role))
    for page in (session.get("settings_policies"), session.get("settings_policy", 1)):
        assert page.status_code == 200
        assert "in force" in page.content.decode()
    page = session.get("settings_policy", draft.version).content.decode()
    assert ("Edit the draft" in page) == (role in WRITING)
    assert ("policies/2/publish/" in page) == (role == "officer")


@pytest.mark.parametrize("role", OTHERS)
def test_others_write_and_publish_nothing_even_by_hand(world: World, browser: Open, role: str) -> None:
    draft, session = drafted(world), browser(getattr(world, role))
    answers = [
        session.get("settings_policy_draft"),
        session.post("settings_policy_draft", data={"note": "Mine."}),
        session.get("settings_policy_publish", draft.version),
        session.post("settings_policy_publish", draft.version, data={}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert Policy.objects.get(version=2).status == PolicyStatus.DRAFT


def test_a_policy_is_written_by_one_and_published_by_another(world: World, browser: Open) -> None:
    admin, officer = browser(world.admin), browser(world.officer)
    general = admin.filled("settings_policy_draft", note="Less time for low risk.", vacancy_days="2")
    saved = admin.post("settings_policy_draft", data=general)
    assert (saved.status_code, saved["Location"]) == (303, "/settings/policies/2/")
    typed = admin.filled("settings_policy_tier", "low", budget_brief="2.5")
    typed["evidence_validation"] = ["training_run", "security_scan"]
    assert admin.post("settings_policy_tier", "low", data=typed).status_code == 303
    assert admin.post("settings_policy_publish", 2, data={}).status_code == 403
    read = officer.get("settings_policy", 2)
    assert "was 5" in read.content.decode()
    assert "<del>Model card</del>" in read.content.decode()
    assert officer.post("settings_policy_publish", 2, data={"seen": read.context["mark"]}).status_code == 303
    published = Policy.objects.get(version=2)
    assert published.status == PolicyStatus.PUBLISHED
    assert published.rules["tiers"]["low"]["brief"]["budget_days"] == "2.5"
    assert published.rules["tiers"]["low"]["validation"]["evidence"] == ["training_run", "security_scan"]
    assert parse(published.rules).tiers[RiskTier.HIGH] == parse(DEFAULT_RULES).tiers[RiskTier.HIGH]
    assert officer.post("settings_policy_publish", 2, data={}).status_code == 409


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("vacancy_days", "1001"),
        ("retrospective_days", "0"),
        ("nudge_cooldown_hours", "often"),
        ("assignment", "by lot"),
        ("load_limit", "-1"),
        ("handover_days", "soon"),
        ("snooze_hours", "400"),
        ("pausing", "no-such-reason"),
        ("stage_owner", "at lunch"),
        ("note", " "),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(world: World, browser: Open, field: str, typed: str) -> None:
    officer = browser(world.officer)
    kept = "vacancy_days" if field != "vacancy_days" else "nudge_cooldown_hours"
    sent = officer.filled("settings_policy_draft", **{"note": "Stricter.", kept: "3", field: typed})
    page = officer.post("settings_policy_draft", data=sent)
    assert (page.status_code, set(page.context["form"].errors)) == (422, {field})
    assert page.context["form"][kept].value() == "3"
    assert page.context["form"].errors[field][0][0].isupper()
    assert not Policy.objects.filter(status=PolicyStatus.DRAFT).exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("budget_brief", "soon"),
        ("budget_deployment", "-1"),
        ("gate_validation", "open"),
        ("owner_deployment", "by lot"),
        ("skills_deployment", "juggling"),
        ("quorum_0", "0"),
        ("quorum_0", "1.5"),
        ("group_1", "nobody-made-it"),
        ("validity_months", "121"),
        ("evidence_validation", "a hunch"),
        ("controls_brief", "no-such-control"),
        ("feedback", "nobody-made-it"),
    ],
)
def test_what_a_tier_cannot_ask_is_said_at_its_field(world: World, browser: Open, field: str, typed: str) -> None:
    officer = browser(world.officer)
    changes = {"note": "Stricter.", "budget_validation": "3", field: typed}
    page = officer.post("settings_policy_tier", "low", data=officer.filled("settings_policy_tier", "low", **changes))
    assert (page.status_code, set(page.context["form"].errors)) == (422, {field})
    assert page.context["form"]["budget_validation"].value() == "3"
    assert page.context["form"].errors[field][0][0].isupper()
    assert not Policy.objects.filter(status=PolicyStatus.DRAFT).exists()


@pytest.mark.parametrize("part", ["settings_policy_draft", "low", "medium", "high"])
def test_a_part_that_is_saved_as_it_stands_changes_nothing(world: World, browser: Open, part: str) -> None:
    ApproverGroup.objects.create(slug="legal", name="Legal")
    rules = rich_rules()
    draft = draft_policy(world.admin, rules, "All that the law reads.", at=world.tick())
    officer = browser(world.officer)
    place = ("settings_policy_draft",) if part == "settings_policy_draft" else ("settings_policy_tier", part)
    assert officer.post(*place, data=officer.filled(*place)).status_code == 303
    draft.refresh_from_db()
    assert parse(draft.rules) == parse(rules)
    assert plain(draft.rules) == plain(rules)


def test_a_tier_is_given_groups_terms_and_controls(world: World, browser: Open) -> None:
    ApproverGroup.objects.create(slug="legal", name="Legal")
    draft_policy(world.admin, rich_rules(), "All that the law reads.", at=world.tick())
    officer = browser(world.officer)
    typed = officer.filled(
        "settings_policy_tier", "low", group_1="legal", quorum_1="2", mates="no", validity_months="6", sign_again="on",
        gate_brief="warn", feedback=["legal"], controls_deployment=["oversight"],
    )  # fmt: skip
    assert officer.post("settings_policy_tier", "low", data=typed).status_code == 303
    rules = Policy.objects.get(version=2).parsed()
    review = rules.stage(RiskTier.LOW, Stage.COMPLIANCE_REVIEW)
    assert review.approvers == (GroupQuorum("compliance-officers", 1), GroupQuorum("legal", 2))
    assert (review.feedback, review.validity_months, review.sign_again) == (("legal",), 6, True)
    assert not review.team_mates_may_approve
    assert rules.stage(RiskTier.LOW, Stage.BRIEF).gate is GateMode.WARN
    assert [one.code for one in rules.stage(RiskTier.LOW, Stage.DEPLOYMENT).controls] == ["oversight"]
    assert rules.tiers[RiskTier.HIGH] == parse(rich_rules()).tiers[RiskTier.HIGH]


def test_owners_holds_and_who_is_told_are_written_and_read_again(world: World, browser: Open) -> None:
    officer = browser(world.officer)
    typed = officer.filled(
        "settings_policy_draft", note="Owners.", load_limit="2", handover_days="1.5", snooze_hours="8",
        pauses="chosen", pausing=["waiting_vendor"], stage_lead=["breached", "escalated"], vacancy_able=["open"],
    )  # fmt: skip
    assert officer.post("settings_policy_draft", data=typed).status_code == 303
    typed = officer.filled(
        "settings_policy_tier", "low", owner_deployment="least_loaded", skills_deployment=["serving", "monitoring"]
    )
    assert officer.post("settings_policy_tier", "low", data=typed).status_code == 303
    rules = Policy.objects.get(version=2).parsed()
    assert (rules.load_limit, str(rules.handover_days), rules.snooze_hours) == (2, "1.5", 8)
    assert rules.pausing == ("waiting_vendor",)
    assert rules.recipients.vacancy["at_risk"] == ()
    assert rules.recipients.stage["escalated_again"] == ("owner", "contact", "admin")
    rule = rules.stage(RiskTier.LOW, Stage.DEPLOYMENT)
    assert (rule.owner, rule.skills) == ("least_loaded", ("serving", "monitoring"))
    page = officer.get("settings_policy", 2).content.decode()
    for said in ("whoever owns the least", "takes serving, monitoring", "holds for: waiting for a vendor", "was 5"):
        assert said in page
    text = officer.get("settings_policy_yaml", 2).content.decode()
    assert read_policy(text) == plain(Policy.objects.get(version=2).rules)


def test_past_the_budget_somebody_has_to_be_told(world: World, browser: Open) -> None:
    officer = browser(world.officer)
    typed = officer.filled("settings_policy_draft", note="Quiet.", vacancy_lead=["escalated", "escalated_again"])
    page = officer.post("settings_policy_draft", data=typed)
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"vacancy_lead"})
    assert "Nobody is told of “Past budget, 100 %”" in page.content.decode()


def test_more_rows_come_without_scripts_and_without_a_word_lost(world: World, browser: Open) -> None:
    officer = browser(world.officer)
    typed = officer.filled("settings_policy_tier", "low", budget_brief="soon", quorum_2="3", note="Half written")
    page = officer.post("settings_policy_tier", "low", data={**typed, "more": "approvers"})
    form = page.context["form"]
    assert (page.status_code, form.errors) == (200, {})
    assert len(form.approver_rows) == 3 + 2
    assert [form[name].value() for name in ("budget_brief", "quorum_2", "note")] == ["soon", "3", "Half written"]
    assert not Policy.objects.filter(status=PolicyStatus.DRAFT).exists()


def test_the_second_of_two_writers_is_told_and_loses_no_word(world: World, browser: Open) -> None:
    admin, officer = browser(world.admin), browser(world.officer)
    mine = officer.filled("settings_policy_draft", note="Mine.", vacancy_days="3")
    admin.post("settings_policy_draft", data=admin.filled("settings_policy_draft", note="First.", vacancy_days="2"))
    refused = officer.post("settings_policy_draft", data=mine)
    words = refused.content.decode()
    assert refused.status_code == 409
    assert "Lena Fischer wrote the draft after you opened it." in words
    assert 'value="Mine."' in words
    assert "It says “2” now." in words
    assert Policy.objects.get(version=2).note == "First."
    assert officer.post("settings_policy_draft", data={**mine, "seen": refused.context["seen"]}).status_code == 303
    assert Policy.objects.filter(status=PolicyStatus.DRAFT).get().rules["vacancy_days"] == "3"


def test_a_draft_published_meanwhile_is_not_edited_but_followed(world: World, browser: Open) -> None:
    draft = drafted(world)
    admin = browser(world.admin)
    mine = admin.filled("settings_policy_draft", note="One more word.")
    publish_policy(world.officer, draft.pk, at=world.tick())
    refused = admin.post("settings_policy_draft", data=mine)
    assert (refused.status_code, refused.context["seen"]) == (409, "")
    assert "was published meanwhile" in refused.content.decode()
    assert Policy.objects.get(version=2).note == "Two days for an owner."


def test_nobody_publishes_a_text_that_was_changed_since_they_read_it(world: World, browser: Open) -> None:
    drafted(world)
    officer = browser(world.officer)
    read = officer.get("settings_policy", 2).context["mark"]
    drafted(world, vacancy_days="9")
    asked = officer.get("settings_policy_publish", 2, query={"seen": read})
    assert asked.context["seen"] == read
    refused = officer.post("settings_policy_publish", 2, data={"seen": asked.context["seen"]})
    assert refused.status_code == 409
    assert "Lena Fischer wrote the draft after you opened it." in refused.content.decode()
    assert Policy.objects.get(version=2).status == PolicyStatus.DRAFT


def test_the_list_tells_what_each_version_still_governs(world: World, browser: Open) -> None:
    world.release_at(Stage.VALIDATION)
    rows = browser(world.auditor).table("settings_policies")
    assert rows[1][:4] == ["1", "Published", "The first policy.", ""]
    assert rows[1][-1] == "1"
    assert browser(world.auditor).get("settings_policy", 7).status_code == 404


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_costs_the_same_for_one_version_and_for_fifty(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    for _ in range(more):
        publish_policy(world.officer, drafted(world).pk, at=world.tick())
    session = browser(world.admin)
    session.get("settings_policies")
    with django_assert_num_queries(9):
        assert len(session.get("settings_policies").context["policies"].rows) == more + 1
