"""Each of the five sign-ins on each page: it answers, nothing breaks the CSP, nothing overflows, and axe is content."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.e2e.conftest import NARROW, WIDE, Site, Visit

HOMES = {"lead": "/stalls/", "engineer": "/claims/", "officer": "/reviews/", "auditor": "/audit/", "admin": "/stalls/"}
PAGES = (
    "/stalls/",
    "/claims/",
    "/reviews/",
    "/board/",
    "/models/",
    "/models/card-fraud-scorer/",
    "/models/glass-breakage-auto/",
    "/models/new/",
    "/insights/",
    "/debt/",
    "/inbox/",
    "/settings/",
    "/settings/people/",
    "/settings/groups/",
    "/settings/groups/legal/",
    "/settings/away/",
    "/settings/destinations/",
    "/settings/deliveries/",
    "/settings/calendars/",
    "/settings/policies/",
    "/settings/policies/3/",
    "/settings/policies/3/against/2/",
    "/settings/policies/4/controls/",
    "/settings/policies/3/releases/",
    "/settings/policies/draft/high/",
    "/settings/policies/3/coverage/",
    "/settings/packs/",
    "/settings/packs/eu-ai-act/",
)
# The trail as a whole is open to the roles that read everything; who registers no models is told so.
CLOSED = {("lead", "/audit/"), ("engineer", "/audit/"), ("auditor", "/models/new/"), ("officer", "/models/new/")}
# Policies are read by everybody and written by officers and administrators.
CLOSED |= {
    (who, path)
    for who in ("lead", "engineer", "auditor")
    for path in ("/settings/policies/3/releases/", "/settings/policies/draft/high/")
}
STANDARD = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def complaints(page: Page) -> list[str]:
    """What the console says from now on; a page that is closed to the reader logs its own status."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 403" not in message.text:
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def show(page: Page, *, dark: bool, size: tuple[int, int]) -> None:
    """The same page in another theme and width, without loading it anew."""
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("who", HOMES)
def test_home_leads_each_role_to_its_page(visit: Visit, site: Site, who: str) -> None:
    assert visit(who).url.removeprefix(site.address) == HOMES[who]


@pytest.mark.parametrize("who", HOMES)
def test_every_page_answers_quietly_and_fits(visit: Visit, who: str) -> None:
    page = visit(who)
    said = complaints(page)
    for path in (*PAGES, "/audit/"):
        answer = page.goto(path, wait_until="load")
        assert answer is not None
        assert answer.status == (403 if (who, path) in CLOSED else 200), path
        assert (path, "wide", overflow(page)) == (path, "wide", 0)
        show(page, dark=True, size=NARROW)
        assert (path, "narrow", overflow(page)) == (path, "narrow", 0)
        assert page.locator("h1").count() == 1, path
        assert (path, said) == (path, [])
        show(page, dark=False, size=WIDE)


def test_every_page_is_accessible_in_both_themes_and_widths(visit: Visit) -> None:
    page = visit("admin")
    found = {}
    for path in (*PAGES, "/audit/"):
        show(page, dark=False, size=WIDE)
        page.goto(path, wait_until="load")
        for dark, size in ((False, WIDE), (True, NARROW)):
            show(page, dark=dark, size=size)
            violations = Axe().run(page, options=STANDARD).response["violations"]
            if violations:
                found[path, dark] = [(each["id"], each["nodes"][0]["html"][:120]) for each in violations]
    assert found == {}
