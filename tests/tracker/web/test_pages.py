"""What every view does at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.template import TemplateDoesNotExist, engines
from django.test import RequestFactory, override_settings

from tracker.web.pages import back_address, done, page

SOURCE = "<main>whole {% partialdef dialog inline %}part of {{ name }}{% endpartialdef %}</main>"


class Form(forms.Form):
    name = forms.CharField()


@pytest.fixture(autouse=True)
def one_template(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "act.html").write_text(SOURCE)
    from django.conf import settings

    configured = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=configured):
        yield
    engines._engines = {}  # type: ignore[attr-defined]  # forget the engine of this test


def get(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/act/", headers=headers)
    request.session = {}  # type: ignore[assignment]  # messages need one
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]  # as the middleware does
    return request


def test_a_browser_gets_the_whole_page() -> None:
    assert page(get(), "act.html", {"name": "x"}).content == b"<main>whole part of x</main>"


def test_htmx_gets_the_part_named_like_its_target() -> None:
    request = get(**{"HX-Request": "true", "HX-Target": "dialog"})
    answer = page(request, "act.html", {"name": "<b>"})
    assert answer.content == b"part of &lt;b&gt;"
    assert answer["Vary"] == "HX-Request, HX-Target"


def test_a_target_without_a_part_a_boosted_link_and_a_step_back_get_the_whole_page() -> None:
    for headers in ({"HX-Target": "list"}, {"HX-Target": "dialog", "HX-Boosted": "true"}):
        assert page(get(**{"HX-Request": "true", **headers}), "act.html").content.startswith(b"<main>")
    restore = {"HX-Request": "true", "HX-Target": "dialog", "HX-History-Restore-Request": "true"}
    assert page(get(**restore), "act.html").content.startswith(b"<main>")


def test_a_part_asked_for_by_name_must_exist() -> None:
    with pytest.raises(TemplateDoesNotExist):
        page(get(**{"HX-Request": "true"}), "act.html", partial="row")


def test_a_form_with_errors_answers_422_and_an_unsent_one_200() -> None:
    assert page(get(), "act.html", form=Form({"name": ""})).status_code == 422
    assert page(get(), "act.html", form=Form()).status_code == 200
    assert page(get(), "act.html", form=Form({"name": ""}), status=409).status_code == 409


def test_a_form_in_the_dialog_shares_no_id_with_one_on_the_page_below() -> None:
    over, alone = Form(), Form()
    page(get(**{"HX-Request": "true", "HX-Target": "dialog"}), "act.html", form=over)
    page(get(), "act.html", form=alone)
    assert (over["name"].auto_id, alone["name"].auto_id) == ("dlg_name", "id_name")


def test_done_redirects_a_browser_and_tells_htmx_to_go_there() -> None:
    plain = done(get(), to="/stalls/", message="Held.")
    assert (plain.status_code, plain["Location"]) == (303, "/stalls/")
    assert done(get(**{"HX-Request": "true"}), to="/stalls/")["HX-Redirect"] == "/stalls/"


def test_done_reloads_where_only_the_fragment_would_change() -> None:
    request = get(**{"HX-Request": "true", "HX-Current-URL": "http://testserver/stalls/?page=2"})
    answer = done(request, to="/stalls/#past")
    assert answer["HX-Refresh"] == "true"
    assert "HX-Redirect" not in answer


@pytest.mark.parametrize(
    "referer", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "http://testserver/act/", ""]
)
def test_back_never_leads_away_nor_in_a_circle(referer: str) -> None:
    assert back_address(get(Referer=referer), "/stalls/") == "/stalls/"


def test_back_prefers_what_the_form_kept() -> None:
    request = RequestFactory().post(
        "/act/", {"next": "/models/a/"}, headers={"Referer": "http://testserver/stalls/?page=2"}
    )
    assert back_address(request) == "/models/a/"
    assert back_address(get(Referer="http://testserver/stalls/?page=2")) == "http://testserver/stalls/?page=2"
