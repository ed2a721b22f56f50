"""Nobody changes the trail unseen: every way to edit, remove, insert, reorder or cut it is found, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField, Value
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from governance.models import AuditEvent, ChainHead
from governance.trail import ORGANISATION, append, release_chain, seal, verify, verify_chain
from governance.trail.chain import Entry
from governance.trail.hashing import genesis
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.governance import tampering
from tests.governance.tampering import events, verdict_after
from tests.world import World

pytestmark = pytest.mark.django_db
TRIES = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)

text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)
number = st.integers(min_value=0, max_value=2**31)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds
plain = st.none() | st.booleans() | number | text
NEW_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "chain": text | st.sampled_from([ORGANISATION, "release:999999"]),
    "sequence": number,
    "at": moments,
    "actor_id": st.none() | number,
    "actor_name": text,
    "act": text,
    "subject": text,
    "subject_name": text,
    "release_id": st.none() | number,
    "model_id": st.none() | number,
    "detail": st.dictionaries(text, plain, max_size=3) | st.lists(plain, max_size=2) | plain,
    "previous": st.text("0123456789abcdef", min_size=64, max_size=64),
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}


@pytest.fixture
def release(world: World) -> Release:
    """A release with a history, sealed at its end, and another one beside it; the guards are down."""
    found = world.release_at(Stage.COMPLIANCE_REVIEW)
    world.release_at(Stage.BRIEF)
    seal(world.now)
    tampering.guards_down()
    assert verify().flaws == ()
    return found


def link(chain: str, sequence: int) -> AuditEvent:
    return AuditEvent.objects.get(chain=chain, sequence=sequence)


def test_every_column_is_covered_by_the_edits_below() -> None:
    columns = {column.name for column in AuditEvent._meta.concrete_fields}
    assert columns == {"id", *NEW_VALUES}


@TRIES
@given(column=st.sampled_from(sorted(NEW_VALUES)), place=st.integers(0, 10_000), data=st.data())
def test_an_edit_of_any_column_of_any_link_is_found(
    release: Release, column: str, place: int, data: st.DataObject
) -> None:
    numbers = list(AuditEvent.objects.values_list("pk", flat=True))
    event = AuditEvent.objects.get(pk=numbers[place % len(numbers)])
    value = data.draw(NEW_VALUES[column])
    assume(value != getattr(event, column))
    if column == "detail" and value is None:
        value = Value(None, JSONField())  # the null of JSON; that of SQL is refused by the table
    try:
        verdict = verdict_after(lambda: _ignore(events(pk=event.pk).update(**{column: value})))
    except IntegrityError:
        return  # the table itself refused it
    assert not verdict.holds


@TRIES
@given(place=st.integers(0, 10_000))
def test_the_removal_of_any_link_is_found(release: Release, place: int) -> None:
    found = list(AuditEvent.objects.all())
    assert not verdict_after(lambda: tampering.lift_out(found[place % len(found)])).holds


@TRIES
@given(place=st.integers(0, 10_000), act=text)
def test_a_link_pushed_in_anywhere_is_found(release: Release, place: int, act: str) -> None:
    found = list(AuditEvent.objects.all())
    assert not verdict_after(lambda: tampering.push_in(found[place % len(found)], act=act)).holds


@TRIES
@given(one=st.integers(0, 10_000), other=st.integers(0, 10_000))
@pytest.mark.parametrize("columns", [("sequence",), ("id",), ("sequence", "previous", "hash"), ("act", "detail")])
def test_links_that_changed_places_are_found(release: Release, columns: tuple[str, ...], one: int, other: int) -> None:
    found = list(AuditEvent.objects.filter(chain=release_chain(release.pk)))
    first, second = found[one % len(found)], found[other % len(found)]
    assume(any(getattr(first, name) != getattr(second, name) for name in columns))
    try:
        verdict = verdict_after(lambda: tampering.exchange(first, second, *columns))
    except IntegrityError:
        return
    assert not verdict.holds


@TRIES
@given(place=st.integers(0, 10_000), name=text)
def test_a_forger_who_computes_every_hash_again_is_found_after_a_seal(release: Release, place: int, name: str) -> None:
    chain = release_chain(release.pk)
    found = list(AuditEvent.objects.filter(chain=chain))
    event = found[place % len(found)]
    assume(name != event.actor_name)

    def forge() -> None:
        events(pk=event.pk).update(actor_name=name)
        tampering.rechain(chain)

    verdict = verdict_after(forge)
    assert any("bound" in flaw.what for flaw in verdict.flaws)
    assert {flaw.chain for flaw in verdict.flaws} == {chain}


@TRIES
@given(kept=st.integers(0, 10_000))
def test_a_chain_cut_short_after_a_seal_is_found(release: Release, kept: int) -> None:
    chain = release_chain(release.pk)
    length = ChainHead.objects.get(chain=chain).sequence
    verdict = verdict_after(lambda: tampering.cut(chain, kept % length))
    assert f"{chain}#{length}: is bound by the organisation's chain and is gone" in map(str, verdict.flaws)


def test_a_chain_emptied_and_begun_anew_is_found_even_before_a_seal(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    chain = release_chain(release.pk)
    tampering.guards_down()

    def begin_anew() -> None:
        tampering.cut(chain, 0)
        append(chain, [Entry("model.register", f"release:{release.pk}", "Another story", world.now)])
        ChainHead.objects.filter(chain=chain).update(sealed_sequence=1)

    assert verify().holds
    found = [str(flaw) for flaw in verdict_after(begin_anew).flaws]
    assert found == [f"{chain}#1: differs from what the organisation's chain bound"]


def test_a_vanished_chain_is_found(release: Release) -> None:
    chain = release_chain(release.pk)
    found = [str(flaw) for flaw in verdict_after(lambda: tampering.cut(chain, 0)).flaws]
    assert f"{chain}: was opened and has vanished" in found
    assert f"{chain}: belongs to a release and does not exist" in found


def test_a_vanished_chain_is_found_though_its_release_never_existed_here(release: Release) -> None:
    def invent() -> None:
        append(
            "release:999999", [Entry("model.register", "release:999999", "A release from nowhere", release.created_at)]
        )

    def invent_and_erase() -> None:
        invent()
        tampering.cut("release:999999", 0)

    assert [str(flaw) for flaw in verdict_after(invent).flaws] == [
        "release:999999: was never opened by the organisation's chain"
    ]
    assert verdict_after(invent_and_erase).holds


def test_a_cut_of_the_organisations_own_chain_is_found_by_what_it_bound(release: Release) -> None:
    opened = AuditEvent.objects.filter(chain=ORGANISATION, act="chain.open").earliest("sequence")
    verdict = verdict_after(lambda: tampering.cut(ORGANISATION, opened.sequence - 1))
    assert f"{release_chain(release.pk)}: was never opened by the organisation's chain" in map(str, verdict.flaws)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hash": "0" * 64}, "its newest link is not the one on record"),
        ({"sequence": 3}, "its newest link is not the one on record"),
        ({"sealed_sequence": 1_000}, "its mark of what is sealed does not agree with the seals"),
        ({"sealed_sequence": 0}, "its mark of what is sealed does not agree with the seals"),
    ],
)
def test_an_edit_of_a_head_is_found(release: Release, changes: dict[str, Any], said: str) -> None:
    head = ChainHead.objects.filter(chain=release_chain(release.pk))
    verdict = verdict_after(lambda: _ignore(head.update(**changes)))
    assert [flaw.what for flaw in verdict.flaws] == [said]


def test_a_lost_head_and_an_invented_one_are_found(release: Release) -> None:
    chain = release_chain(release.pk)
    lost = verdict_after(lambda: _ignore(ChainHead.objects.filter(chain=chain).delete()))
    invented = verdict_after(lambda: _ignore(ChainHead.objects.create(chain="release:0", hash=genesis("release:0"))))
    assert [str(flaw) for flaw in lost.flaws] == [f"{chain}: has links and no head on record"]
    assert [flaw.chain for flaw in invented.flaws] == ["release:0"]


def test_one_chain_is_verified_alone(release: Release) -> None:
    chain = release_chain(release.pk)
    whole = verify_chain(chain)
    assert (whole.flaws, whole.chains) == ((), 1)
    assert whole.events == AuditEvent.objects.filter(chain=chain).count()
    with tampering.undone():
        tampering.cut(chain, 2)
        assert not verify_chain(chain).holds
    with tampering.undone():
        events(pk=link(chain, 1).pk).update(act="model.forget")
        assert not verify_chain(chain).holds
    assert not verify_chain("release:999999").holds


def test_seals_that_were_made_unreadable_do_not_stop_the_verification(release: Release) -> None:
    sealing = events(chain=ORGANISATION, act="trail.seal")
    for nonsense in (
        [1],
        "text",
        Value(None, JSONField()),
        {"heads": [1]},
        {"heads": {release_chain(release.pk): "x"}},
    ):
        with tampering.undone():
            sealing.update(detail=nonsense)
            assert "was edited after it was written" in {flaw.what for flaw in verify().flaws}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps the type of a column")
@pytest.mark.parametrize(
    ("column", "nonsense"),
    [("at", "some day"), ("at", 5), ("at", "2026-13-45 00:00:00"), ("sequence", "two"), ("chain", b"\xff")],
)
def test_rows_that_are_no_events_any_more_are_named_and_the_rest_is_still_read(
    release: Release, column: str, nonsense: str | int | bytes
) -> None:
    event = link(release_chain(release.pk), 2)

    def scribble() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE governance_auditevent SET {column} = %s WHERE id = %s", [nonsense, event.pk])

    verdict = verdict_after(scribble)
    assert not verdict.holds
    assert verdict.events == AuditEvent.objects.count()


def test_the_table_refuses_edits_and_removals_while_its_guards_stand(world: World) -> None:
    world.release_at(Stage.BRIEF)
    for refused in ("UPDATE governance_auditevent SET act = 'x'", "DELETE FROM governance_auditevent"):
        refusal = pytest.raises(IntegrityError, match="The trail is never")
        with refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(refused)
    assert verify().holds


def _ignore(_result: object) -> None:
    """Turns a call with a result into a tampering."""
