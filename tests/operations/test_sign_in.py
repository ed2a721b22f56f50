"""Sign-in by e-mail address: one door, slow to guess at, closed to newcomers."""

from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user, get_user_model
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from tracker.accounts import client_address

EMAIL, PASSWORD = "ada@company.example", "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ada() -> None:
    get_user_model().objects.create_user(EMAIL, PASSWORD, full_name="Ada Adeyemi")


def try_sign_in(
    client: Client, email: str = EMAIL, password: str = PASSWORD, address: str = "127.0.0.1"
) -> HttpResponse:
    client.defaults["REMOTE_ADDR"] = address
    answer = client.post(reverse("account_login"), {"login": email, "password": password})
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("typed", [EMAIL, "Ada@Company.Example", "  ada@company.example "])
def test_the_email_address_is_the_user_name_whatever_its_case(client: Client, typed: str) -> None:
    answer = try_sign_in(client, typed)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert get_user(client).is_authenticated


def test_the_password_is_kept_as_argon2() -> None:
    from tracker import settings as real

    assert real.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


def test_guessing_ends_in_429_with_a_plain_page(client: Client) -> None:
    codes = [try_sign_in(client, password=f"guess {number}").status_code for number in range(8)]
    assert codes == [200] * 7 + [429]
    refused = try_sign_in(client)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "900"
    assert b"Too many attempts" in refused.content
    assert EMAIL.encode() not in refused.content
    assert not get_user(client).is_authenticated


def test_a_lock_holds_in_every_process_because_it_is_a_row(client: Client) -> None:
    for number in range(8):
        try_sign_in(client, password=f"guess {number}")
    assert try_sign_in(Client()).status_code == 429


def test_a_strangers_guesses_lock_out_nobody_else(client: Client) -> None:
    get_user_model().objects.create_user("ben@company.example", PASSWORD, full_name="Ben Brandt")
    for number in range(8):
        try_sign_in(client, password=f"guess {number}", address="203.0.113.9")
    assert try_sign_in(Client(), address="198.51.100.4").status_code == 302
    assert try_sign_in(Client(), "ben@company.example", address="203.0.113.9").status_code == 302


def test_another_spelling_of_the_same_address_brings_no_further_guesses(client: Client) -> None:
    get_user_model().objects.create_user("kris@company.example", PASSWORD, full_name="Kris Kaas")
    spellings = ["kris@company.example", "KRIS@company.example", "kri\N{LATIN SMALL LETTER LONG S}@company.example"]
    spellings += ["\N{KELVIN SIGN}ris@company.example", " kris@company.example "]
    codes = [try_sign_in(client, spellings[number % 5], f"guess {number}").status_code for number in range(9)]
    assert codes == [200] * 7 + [429, 429]


def test_an_address_longer_than_the_table_of_guesses_keeps_is_only_wrong(client: Client) -> None:
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.com"
    assert 255 < len(long) <= 320
    assert [try_sign_in(client, long).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    "address", ["http://[", "//[::1", "http://[::1]:a/", "\x00", "https://evil.example/", "//evil.example"]
)
def test_the_door_leads_to_no_address_but_ours(client: Client, address: str) -> None:
    asked = f"{reverse('account_login')}?{urlencode({'next': address})}"
    assert client.get(asked).status_code == 200
    answer = client.post(asked, {"login": EMAIL, "password": PASSWORD, "next": address})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_success_forgives_earlier_mistakes(client: Client) -> None:
    for _ in range(2):
        codes = [try_sign_in(client, password="mistyped").status_code for _ in range(5)]
        assert codes == [200] * 5
        assert try_sign_in(client).status_code == 302
        client.logout()


def test_a_wrong_address_and_a_wrong_password_look_the_same(client: Client) -> None:
    unknown = try_sign_in(client, "nobody@company.example").content.decode()
    wrong = try_sign_in(client, password="mistyped").content.decode()
    sentence = "The email address and/or password you specified are not correct."
    assert sentence in unknown
    assert sentence in wrong


def test_nobody_signs_up() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")


def test_the_admin_sends_strangers_to_the_one_door(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_form_without_its_token_is_refused() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert try_sign_in(strict).status_code == 403


def test_the_content_security_policy_lets_nothing_in(client: Client) -> None:
    policy = client.get(reverse("account_login"))["Content-Security-Policy"]
    assert {part.strip() for part in policy.split(";")} == {
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_may_name_the_caller(
    settings: LazySettings, proxies: int, forwarded: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == seen
