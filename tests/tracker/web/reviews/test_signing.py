"""A signed decision: the password or the second factor once more, counted as a sign-in is, and kept by nobody."""

from __future__ import annotations

import logging
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client

from governance.models import Decision
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.test_stalls_races import at_once
from tests.tracker.web.reviews.test_judging import REASON, address_of, policy, typed
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

SECRET = "a long passphrase"


def waiting(world: World) -> Release:
    policy(world, sign_again=True)
    return world.release_at(Stage.COMPLIANCE_REVIEW, name="claims-triage")


def signing(client: Client, address: str, **more: str) -> dict[str, str]:
    sent = typed(client, address, outcome="request_changes", **more)
    return {"meaning": value_of(client.get(address), "meaning"), **sent}


def test_the_password_is_asked_again_and_the_meaning_is_kept(
    world: World, visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    address = address_of(world, waiting(world))
    client = visit(world.officer)
    sent = signing(client, address)
    assert sent["meaning"].startswith("I have read the dossier as it stands")
    with caplog.at_level(logging.DEBUG):
        for secret, said in (("", "Give your password once more"), ("not it", "This is not right.")):
            answer = client.post(address, {**sent, "password": secret})
            assert answer.status_code == 422
            assert said in words(answer)
            assert value_of(answer, "reason") == REASON
            assert b"not it" not in answer.content
        assert client.post(address, {**sent, "password": SECRET}).status_code == 303
    assert Decision.objects.get().signature == {"method": "password", "meaning": sent["meaning"]}
    assert SECRET not in caplog.text
    assert "not it" not in caplog.text
    assert "I have read the dossier" in words(client.get(address))


def test_guessing_a_signature_is_slowed_down_as_a_sign_in_is(world: World, visit: Visit) -> None:
    address = address_of(world, waiting(world))
    client = visit(world.officer)
    sent = signing(client, address)
    statuses = [client.post(address, {**sent, "password": f"guess {n}"}).status_code for n in range(9)]
    assert statuses[-1] == 429
    assert client.post(address, {**sent, "password": SECRET}).status_code == 429
    assert not Decision.objects.exists()


def test_who_has_a_second_factor_signs_with_its_code_and_each_code_once(world: World, visit: Visit) -> None:
    cache.clear()
    address = address_of(world, waiting(world))
    secret = generate_totp_secret()
    TOTP.activate(world.officer, secret)
    assert secret not in str(Authenticator.objects.get().data)
    client = visit(world.officer)
    sent = signing(client, address)
    assert 'name="password"' not in client.get(address).content.decode()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(address, {**sent, "code": "000000", "password": SECRET}).status_code == 422
    bad = client.post(address, {**sent, "code": code, "reason": "Short."})
    assert bad.status_code == 422
    assert client.post(address, {**sent, "code": code}).status_code == 303
    assert Decision.objects.get().signature["method"] == "totp"


@pytest.mark.django_db(transaction=True)
@time_machine.travel("2026-11-28 12:00:03 +0000", tick=False)
def test_a_code_is_taken_once_by_all_processes_together(world: World) -> None:
    cache.clear()
    secret = generate_totp_secret()
    factor = TOTP.activate(world.officer, secret)
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    taken: list[bool] = []
    at_once(*[lambda: taken.append(factor.validate_code(code)) for _ in range(4)])
    assert sorted(taken) == [False, False, False, True]
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM tracker_sharedcache WHERE cache_key LIKE '%%totp.used%%'")
        assert cursor.fetchone() == (1,)  # a row, which every process reads


def test_the_second_factor_is_set_up_from_a_picture_that_the_policy_of_the_page_allows(
    world: World, visit: Visit
) -> None:
    client = visit(world.officer)
    client.post("/accounts/reauthenticate/", {"password": SECRET})
    page = client.get("/accounts/second-factor/totp/activate/")
    assert page.status_code == 200
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    answer = client.post("/accounts/second-factor/totp/activate/", {"code": code})
    assert answer["Location"] == "/accounts/second-factor/recovery-codes/"
    assert "Each signs you in once" in words(client.get(answer["Location"]))
    door = Client()
    second = door.post("/accounts/login/", {"login": world.officer.email, "password": SECRET})
    assert second["Location"].startswith("/accounts/second-factor/authenticate/")
    assert "Give the code that your authenticator shows now" in door.get(second["Location"]).content.decode()
    assert door.session.get("_auth_user_id") is None
