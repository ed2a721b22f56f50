"""What somebody tries who wants to break it: addresses, headers and bodies that no page of ours would send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from models_registry.vocabulary import Stage
from tests.world import World

pytestmark = pytest.mark.django_db
REASON = {"reason": "Somebody else knows it better."}


def client_of(person: object) -> Client:
    """A browser of this person, which shows a failure as its visitors would see it."""
    client = Client(raise_request_exception=False)
    client.force_login(person)  # type: ignore[arg-type]  # people of the world are users
    return client


def patterns(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of ours as it is written in the files, as `/releases/<row:release>/claim/`."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = f"{before}{entry.pattern}"
        if not here.startswith(("/admin/", "/accounts/")):
            if isinstance(entry, URLResolver):
                yield from patterns(entry, here)
            else:
                yield here


def test_a_number_that_no_row_can_have_leads_nowhere(world: World) -> None:
    client = client_of(world.admin)
    numbered = [one for one in patterns() if "<row:" in one or "<int:" in one]
    assert len(numbered) > 30
    answers = {}
    for pattern in numbered:
        for number in (2**63, "9" * 5000):
            path = "/".join(str(number) if part.startswith(("<row:", "<int:")) else part for part in pattern.split("/"))
            path = path.replace("<slug:slug>", world.team.slug)
            answers[pattern, str(number)[:20]] = client.get(path).status_code, client.post(path).status_code
    assert {asked: answer for asked, answer in answers.items() if answer != (404, 404)} == {}


ODD_TARGETS = ("row", "work", "lost", "vacancy", "note", "a#b", "dialog#row", "../x", "x" * 8000, "'><script>")


@pytest.mark.parametrize("path", ["/stalls/", "/claims/", "/inbox/", "/models/", "/audit/"])
def test_a_part_that_only_its_view_can_fill_is_not_had_by_naming_it(world: World, path: str) -> None:
    client = client_of(world.admin)
    whole = client.get(path)
    for target in ODD_TARGETS:
        answer = client.get(path, headers={"HX-Request": "true", "HX-Target": target})
        assert (target, answer.status_code, b"<main" in answer.content) == (target, 200, b"<main" in whole.content)


@pytest.mark.parametrize("shown", ["http://[", "http://[::1", "//", "\N{LATIN SMALL LETTER E WITH ACUTE}", ""])
def test_a_browser_that_says_nonsense_of_where_it_is_gets_an_answer(world: World, shown: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": shown}
    answer = Client(raise_request_exception=False).get("/stalls/", headers=headers)
    assert (answer.status_code, answer["HX-Redirect"][:22]) == (200, "/accounts/login/?next=")
    release = world.release_at(Stage.BRIEF)
    where = {"next": f"/models/{release.model.slug}/#costs"}
    answer = client_of(world.engineer).post(
        reverse("release_step_down", args=[release.pk]), where | REASON, headers=headers
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (200, where["next"])


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/stalls/\r\nSet-Cookie: sessionid=evil", "/stalls/%0D%0ASet-Cookie:%20sessionid=evil"),
        ("/models/?q=Österreich", "/models/?q=%C3%96sterreich"),
        ("https://evil.example/", "/claims/"),
        ("//evil.example/", "/claims/"),
        ("javascript:alert(1)", "/claims/"),
        ("http://[", "/claims/"),
        ("\x00/stalls/", "/claims/"),
    ],
)
@pytest.mark.parametrize("scripted", [False, True])
def test_the_address_to_return_to_is_ours_and_one_line(world: World, wanted: str, led: str, scripted: bool) -> None:
    release = world.release_at(Stage.BRIEF)
    headers = {"HX-Request": "true"} if scripted else {}
    path = reverse("release_step_down", args=[release.pk])
    answer = client_of(world.engineer).post(path, {"next": wanted, **REASON}, headers=headers)
    assert answer.headers["HX-Redirect" if scripted else "Location"] == led
