"""Sealed texts open with any of the keys that are set, and with no other."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from tracker.checks import refuse_unreadable_settings
from tracker.sealing import Unreadable, reseal, seal, unseal

OLD, NEW = "o" * 40, "n" * 40


def test_a_seal_opens_again_and_says_nothing(settings: LazySettings) -> None:
    sealed = seal("https://hooks.example/T1/s3cret")
    assert "s3cret" not in sealed
    assert sealed != seal("https://hooks.example/T1/s3cret")
    assert unseal(sealed) == "https://hooks.example/T1/s3cret"


def test_a_key_is_replaced_without_losing_what_the_old_one_sealed(settings: LazySettings) -> None:
    before = seal("a")  # by what is derived from SECRET_KEY
    settings.SECRETS_KEYS = [OLD]
    by_old = seal("b")
    settings.SECRETS_KEYS = [NEW, OLD]
    assert [unseal(before), unseal(by_old)] == ["a", "b"]
    moved = reseal(by_old)
    settings.SECRETS_KEYS = [NEW]
    assert unseal(moved) == "b"
    with pytest.raises(Unreadable, match="SECRETS_KEYS"):
        unseal(by_old)


def test_another_secret_key_opens_only_beside_the_one_before(settings: LazySettings) -> None:
    sealed, before = seal("a"), settings.SECRET_KEY
    settings.SECRET_KEY = NEW
    with pytest.raises(Unreadable) as told:
        unseal(sealed)
    assert sealed not in str(told.value)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert unseal(sealed) == "a"


@pytest.mark.parametrize("damaged", ["", "nonsense", "gAAAAA", "é"])
def test_a_damaged_seal_is_unreadable_and_nothing_worse(damaged: str) -> None:
    with pytest.raises(Unreadable):
        unseal(damaged)


def test_a_short_key_stops_the_start(settings: LazySettings) -> None:
    settings.SECRETS_KEYS = ["short"]
    (problem,) = refuse_unreadable_settings(None)
    assert "SECRETS_KEYS has a key of fewer than 32 characters" in str(problem.msg)
