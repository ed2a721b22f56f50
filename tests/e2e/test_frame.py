"""The frame in a real browser: sign-in, theme, keyboard, phone, without scripts, and nothing the policy forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.world import World

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PASSPHRASE = "a long passphrase"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


class Desk:
    """One person at one window; `complaints` are what the console and the policy had to say."""

    def __init__(self, browser: Browser, address: str, **window: Any) -> None:
        self.context: BrowserContext = browser.new_context(**window)
        self.page: Page = self.context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def sign_in(self, email: str) -> Page:
        self.open("/accounts/login/")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSPHRASE)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/accounts/" not in url)
        return self.page

    def findings(self) -> list[str]:
        """What axe finds, one line a rule."""
        found = Axe().run(self.page).response["violations"]
        return [f"{rule['id']}: {rule['nodes'][0]['html'][:120]}" for rule in found]


@pytest.fixture
def desk(browser: Browser, live_server: Any, world: World) -> Iterator[Desk]:
    desk = Desk(browser, live_server.url, viewport={"width": 1440, "height": 900}, color_scheme="light")
    yield desk
    desk.context.close()


def test_signing_in_leads_to_a_page_with_the_frame_and_signing_out_back_to_the_door(desk: Desk, world: World) -> None:
    page = desk.sign_in(world.lead.email)
    assert page.get_by_role("navigation", name="Main").is_visible()
    page.locator(".me-menu summary").click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/accounts/login/")
    assert desk.complaints == []


def test_a_wrong_password_moves_the_focus_to_what_is_wrong_and_keeps_the_address(desk: Desk, world: World) -> None:
    page = desk.open("/accounts/login/")
    page.get_by_label("E-mail").fill(world.lead.email)
    page.get_by_label("Password").fill("not the passphrase")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert page.get_by_label("E-mail").input_value() == world.lead.email


def test_the_theme_changes_at_once_and_is_still_there_on_the_next_page(desk: Desk, world: World) -> None:
    page = desk.sign_in(world.lead.email)
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").first.click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    after = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert after != before
    desk.open("/no/such/page/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == after


def test_the_keyboard_searches_lists_its_keys_and_goes_places(desk: Desk, world: World) -> None:
    page = desk.sign_in(world.lead.email)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("?")
    assert not page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**/insights/")


def test_single_letters_can_be_switched_off(desk: Desk, world: World) -> None:
    page = desk.sign_in(world.lead.email)
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch single letters off").click()
    page.wait_for_load_state()
    page.keyboard.press("?")
    assert not page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()


def test_a_phone_has_five_tabs_and_the_rest_in_a_menu_and_nothing_sticks_out(
    browser: Browser, live_server: Any, world: World
) -> None:
    desk = Desk(browser, live_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    page = desk.sign_in(world.lead.email)
    tabs = page.get_by_role("navigation", name="Main").get_by_role("link")
    assert tabs.count() == 5
    page.locator("summary[aria-label=Menu]").click()
    assert page.get_by_role("link", name="Models").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    desk.context.close()


def test_without_scripts_the_frame_still_searches_changes_theme_and_signs_out(
    browser: Browser, live_server: Any, world: World
) -> None:
    desk = Desk(browser, live_server.url, java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = desk.sign_in(world.lead.email)
    page.get_by_role("button", name="Switch between light and dark").first.click()
    assert page.locator("html[data-bs-theme=dark]").count() == 1
    page.get_by_role("searchbox", name="Search models").fill("fraud")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/?q=fraud")
    page.locator(".me-menu summary").click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/accounts/login/")
    desk.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_doors_and_refusals_are_accessible_in_both_themes_and_widths(
    browser: Browser, live_server: Any, world: World, theme: str, width: int
) -> None:
    window = {"viewport": {"width": width, "height": 844}, "color_scheme": theme, "bypass_csp": True}
    desk = Desk(browser, live_server.url, **window)
    desk.open("/accounts/login/")
    assert desk.findings() == []
    desk.open("/accounts/password/reset/")
    assert desk.findings() == []
    desk.sign_in(world.lead.email)
    desk.open("/no/such/page/")
    assert desk.findings() == []
    desk.context.close()
