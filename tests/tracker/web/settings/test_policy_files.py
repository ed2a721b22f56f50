"""A policy goes out as a file and comes in as the draft; what is wrong is told by its line and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from governance.acts.policies import draft_policy
from governance.models import Policy, PolicyStatus
from governance.policy import parse
from tests.tracker.web.settings.conftest import Browser
from tests.tracker.web.settings.rich_policy import rich_rules
from tests.world import World

Open = Callable[..., Browser]


def exported(world: World, browser: Open) -> str:
    """The YAML of a draft that says everything."""
    if not Policy.objects.filter(version=2).exists():
        draft_policy(world.admin, rich_rules(), "All that the law reads.", at=world.tick())
    answer = browser(world.auditor).get("settings_policy_yaml", 2)
    assert answer["Content-Disposition"] == 'attachment; filename="policy-2.yaml"'
    return str(answer.content.decode())


def sent(session: Browser, **changes: Any) -> Any:
    form = session.filled("settings_policy_import")
    return session.post("settings_policy_import", data={**form, "note": "From a file.", **changes})


def test_an_exported_policy_is_imported_as_the_same_rules(world: World, browser: Open) -> None:
    text = exported(world, browser)
    officer = browser(world.officer)
    changed = text.replace("vacancy_days: 1 ", "vacancy_days: 3 ").replace("\n", "\r\n")
    assert sent(officer, text=changed).status_code == 303
    draft = Policy.objects.get(version=2)
    assert parse(draft.rules) == parse({**rich_rules(), "vacancy_days": "3"})
    assert (draft.note, draft.author) == ("From a file.", world.officer)


def test_a_file_is_read_in_the_place_of_the_text(world: World, browser: Open) -> None:
    text = exported(world, browser).replace("retrospective_days: 5", "retrospective_days: 9")
    file = SimpleUploadedFile("policy.yaml", text.encode())
    assert sent(browser(world.officer), file=file, text="left over").status_code == 303
    assert Policy.objects.get(version=2).rules["retrospective_days"] == 9


def test_every_problem_is_told_by_its_line_and_the_text_of_the_file_stands_to_be_mended(
    world: World, browser: Open
) -> None:
    text = exported(world, browser).replace("quorum: 2", "quorum: two").replace("gate: warn", "gate: wran")
    page = sent(browser(world.officer), file=SimpleUploadedFile("policy.yaml", text.encode()))
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"text"})
    lines = {line: number for number, line in enumerate(text.splitlines(), 1)}
    gate, quorum = lines["      gate: wran"], lines["          quorum: two"]
    assert page.context["form"].errors["text"] == [
        f"Line {gate}: tiers.high.brief.gate is not known here; did you mean “warn”?.",
        f"Line {quorum}: tiers.high.compliance_review.approvers.1.quorum must be a whole number from 1 to 20.",
    ]
    assert page.context["form"]["text"].value() == text
    assert "gate: wran" in page.content.decode()


@pytest.mark.parametrize(
    ("content", "field", "said"),
    [
        (b"vacancy_days: \xff", "file", "This is not UTF-8 text"),
        (b"a: &x [1]\nb: [*x, *x]", "text", "has the anchor &amp;x"),
        (b"#" * 600_000, "text", "Line 1: It has 600,000 characters"),
        (b"#" * 3_000_000, "file", "larger than 512 KB"),
        (b"\n", "text", "Choose a file, or paste the policy"),
    ],
)
def test_what_is_no_policy_is_refused(world: World, browser: Open, content: bytes, field: str, said: str) -> None:
    page = sent(browser(world.officer), file=SimpleUploadedFile("policy.yaml", content), text="")
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert said in page.content.decode()
    assert not Policy.objects.filter(status=PolicyStatus.DRAFT).exists()


def test_a_draft_that_changed_meanwhile_is_not_overwritten_unseen(world: World, browser: Open) -> None:
    text = exported(world, browser)
    officer = browser(world.officer)
    mine = {**officer.filled("settings_policy_import"), "text": text, "note": "Mine."}
    draft_policy(world.admin, {**rich_rules(), "vacancy_days": "7"}, "Theirs.", at=world.tick())
    refused = officer.post("settings_policy_import", data=mine)
    assert refused.status_code == 409
    assert "Lena Fischer wrote the draft after you opened it." in refused.content.decode()
    assert refused.context["form"]["text"].value() == text
    assert Policy.objects.get(version=2).note == "Theirs."


@pytest.mark.parametrize("role", ["lead", "auditor", "stranger"])
def test_others_export_and_import_nothing(world: World, browser: Open, role: str) -> None:
    session = browser(getattr(world, role))
    assert session.get("settings_policy_yaml", 1).status_code == 200
    assert session.get("settings_policy_yaml", 9).status_code == 404
    assert session.get("settings_policy_import").status_code == 403
    assert session.post("settings_policy_import", data={"text": "x", "note": "y"}).status_code == 403
