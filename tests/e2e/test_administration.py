"""Django's admin in a real browser: it keeps to the content security policy, and shows no way to change anything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import NARROW, WIDE, Visit

BLOCKED = re.compile(r"content security policy|refused to", re.IGNORECASE)


def listen(page: Page) -> list[str]:
    """What the browser complains of from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


@pytest.mark.parametrize(("dark", "size"), [(False, WIDE), (True, NARROW)])
def test_an_administrator_looks_around_and_nothing_breaks_the_policy(
    visit: Visit, dark: bool, size: tuple[int, int]
) -> None:
    page = visit("admin", "/admin/", dark=dark, size=size)
    said = listen(page)
    for path in (
        "",
        "governance/stagevisit/",
        "models_registry/person/?role__exact=member",
        "governance/policy/1/change/",
    ):
        answer = page.goto(f"/admin/{path}")
        assert answer is not None
        assert answer.status == 200
        page.wait_for_load_state("networkidle")
    page.goto("/admin/governance/auditevent/")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("button", name=re.compile("save|delete", re.IGNORECASE)).count() == 0
    assert page.locator(".addlink, .deletelink, .changelink").count() == 0
    assert [line for line in said if BLOCKED.search(line)] == []
    assert said == []


@pytest.mark.parametrize("who", ["lead", "auditor", "officer"])
def test_others_are_shown_the_door(visit: Visit, who: str) -> None:
    page = visit(who, "/admin/")
    assert page.get_by_role("heading", level=1).inner_text() == "Not open to you"
    assert "Site administration" not in page.content()
