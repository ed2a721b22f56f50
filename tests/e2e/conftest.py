"""A real site with the sample portfolio, and a real browser to look at it with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60  # seconds
WIDE, NARROW = (1440, 1000), (390, 844)

Visit = Callable[..., Page]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class Site:
    """A demo of our own: where it answers, where it keeps its files, and the environment of its processes."""

    address: str
    var: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web process on a database of its own; background work is run by the tests that want it."""
    var = tmp_path_factory.mktemp("site")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "THROUGHLINE_MODE": "demo",
        "THROUGHLINE_VAR": str(var),
        "DATABASE_URL": f"sqlite:///{var / 'site.sqlite3'}",
        "CELERY_BROKER_URL": "",
    }
    environment.pop("SECRET_KEY", None)
    for step in ("migrate", "load_demo"):
        subprocess.run([sys.executable, "manage.py", step], cwd=ROOT, env=environment, check=True, capture_output=True)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "tracker.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    with (
        (var / "web.log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as web,
    ):
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", var / "web.log")
        yield Site(address, var, environment)
        web.terminate()


def _wait_for(address: str, log: Path) -> None:
    for _ in range(PATIENCE * 4):
        try:
            with urllib.request.urlopen(address, timeout=5):  # an address of our own
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    pytest.fail(f"The site did not answer within {PATIENCE} s:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Opens a signed-in page: `visit("lead", "/stalls/", dark=True, size=NARROW, script=False)`."""
    contexts: list[BrowserContext] = []

    def open_page(
        who: str, path: str = "/", *, dark: bool = False, size: tuple[int, int] = WIDE, script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            base_url=site.address,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        sign_in(page, who)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Page, who: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{who}@demo.example")
    page.get_by_label("Password", exact=True).fill("throughline")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
