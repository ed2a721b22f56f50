"""What waits goes out once, bundled where there is much of it, whatever dies in between."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from governance.acts import holds, transitions
from governance.models import Decision, StageOwnership, StageVisit
from models_registry.models import CostEntry, Person, RegisteredModel, Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import Killed, business_days, killed_at
from tests.tracker.test_stalls_races import at_once
from tests.world import World
from tracker.alerts import parcels
from tracker.alerts.channels import ChannelError
from tracker.alerts.delivering import deliver
from tracker.alerts.endings import Ending
from tracker.alerts.models import Alert, Bundle, Channel, Delivery, DeliveryState
from tracker.alerts.parcels import LEASE, wait_after
from tracker.alerts.raising import SETTLING, close_alerts, reopen_alerts
from tracker.stalls import notice


def stall(world: World, count: int) -> datetime:
    """So many releases past their budget, found at once; the moment at which their messages may go out."""
    for _ in range(count):
        world.release_at(Stage.BRIEF)
    world.now = business_days(world.now + timedelta(days=3), 5.5)
    notice(world.now)
    return world.now + SETTLING


def to(person: Person) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.email]]


@pytest.mark.parametrize(("stalled", "mails", "bundles"), [(1, 1, 0), (3, 3, 0), (4, 1, 2), (9, 1, 2)])
def test_up_to_three_messages_go_out_one_by_one_and_more_as_one(
    world: World, stalled: int, mails: int, bundles: int
) -> None:
    deliver(stall(world, stalled))
    assert len(to(world.lead)) == len(to(world.engineer)) == mails
    assert Bundle.objects.count() == bundles


def test_a_thousand_overdue_releases_found_at_once_make_one_mail_a_person(world: World) -> None:
    """An import: the visits are copies of one real visit, so that a thousand of them do not take a thousand acts."""
    release = world.release_at(Stage.BRIEF)
    copies(world, release.pk, 999)
    now = business_days(world.now, 5.5)
    notice(now)
    assert Delivery.objects.filter(channel=Channel.EMAIL).count() == 1000 * 2
    deliver(now + SETTLING)
    assert Counter(message.to[0] for message in mail.outbox) == {world.lead.email: 1, world.engineer.email: 1}
    text = str(to(world.lead)[0].body)
    assert "1,000 releases are past their budget" in to(world.lead)[0].subject
    assert "980 more are in your inbox" in text
    assert text.count("http://127.0.0.1:8000/models/") == 20
    assert Delivery.objects.filter(channel=Channel.EMAIL, state=DeliveryState.DELIVERED).count() == 2000
    assert Bundle.objects.count() == 2


def copies(world: World, release_id: int, count: int) -> None:
    visit = StageVisit.objects.get(release=release_id)
    team = world.team
    models = RegisteredModel.objects.bulk_create(
        [RegisteredModel(slug=f"imported-{n}", name=f"imported-{n}", team=team) for n in range(count)]
    )
    releases = Release.objects.bulk_create([Release(model=model, number=1) for model in models])
    fields = {name: getattr(visit, name) for name in ("stage", "tier", "policy_id", "entered_at", "notice_at")}
    visits = StageVisit.objects.bulk_create(
        [StageVisit(release=release, stalls_at=visit.stalls_at, **fields) for release in releases]
    )
    StageOwnership.objects.bulk_create(
        [StageOwnership(visit=v, owner=world.engineer, since=v.entered_at, began="imported") for v in visits]
    )


def test_the_digest_names_the_worst_first_with_owner_and_cost(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="oldest")
    CostEntry.objects.create(
        release=release, stage="brief", kind="compute", amount=1200, currency="EUR", incurred_on=world.now.date()
    )
    CostEntry.objects.create(
        release=release, stage="brief", kind="licences", amount=300, currency="USD", incurred_on=world.now.date()
    )
    deliver(stall(world, 4))
    text = to(world.lead)[0].body
    first = text.index("oldest release 1")
    assert first < text.index("card-fraud-scorer-2 release 1") < text.index("card-fraud-scorer-5 release 1")
    assert "Brief, Payments risk; Jonas Weber; €1,200 + $300" in text


def test_a_bundle_that_failed_goes_out_again_as_the_same_bundle(world: World) -> None:
    now = stall(world, 5)
    first = parcels.due(Channel.EMAIL, now)
    assert first is not None
    parcel = parcels.claim(first, now)
    assert parcel is not None
    assert parcel.bundled
    parcels.failed(parcel, ChannelError("busy", again=True), now)
    again = parcels.due(Channel.EMAIL, now + timedelta(hours=1))
    assert again is not None
    later = now + timedelta(hours=1)
    seconds = [parcels.claim(row, later) for row in Delivery.objects.filter(pk__in=parcel.ids).order_by("pk")]
    keys = {second.key for second in seconds if second is not None}
    assert keys == {parcel.key}


def test_what_went_out_alone_before_a_crash_is_not_sent_again_in_a_bundle(world: World) -> None:
    """It arrived under its own key; in a bundle it would come once more, and nobody could tell that it is the same."""
    now = stall(world, 1)
    letter = parcels.due(Channel.EMAIL, now)
    assert letter is not None
    sent = parcels.claim(letter, now)
    copies(world, letter.alert.visit.release_id, 5)
    later = now + LEASE
    StageVisit.objects.update(notice_at=later)
    notice(later)
    deliver(later + SETTLING)
    letter.refresh_from_db()
    assert sent is not None
    assert (letter.state, letter.bundle, str(letter.key)) == ("delivered", None, sent.key)
    assert Bundle.objects.filter(recipient=letter.recipient).count() == 1


def test_what_was_called_back_under_way_goes_out_again_under_its_first_key_or_not_at_all(world: World) -> None:
    now = stall(world, 5)
    parcel = parcels.claim(waiting_for(world.lead), now)
    other = parcels.claim(waiting_for(world.engineer), now)
    assert parcel is not None
    assert other is not None
    alerts = list(Alert.objects.filter(closed_at__isnull=True))
    close_alerts({alert.pk: Ending.HELD for alert in alerts}, now)
    parcels.arrived(other, now)
    assert Delivery.objects.filter(state=DeliveryState.CANCELLED).count() == 10
    reopen_alerts([alert.pk for alert in alerts], now)
    deliver(now + timedelta(minutes=10))
    assert [message.extra_headers["X-Throughline-Key"] for message in to(world.lead)] == [parcel.key]
    assert to(world.engineer) == []


def waiting_for(person: Person) -> Delivery:
    return Delivery.objects.filter(recipient=person, channel=Channel.EMAIL, state=DeliveryState.WAITING)[0]


def test_what_is_settled_before_the_next_try_drops_out_of_the_bundle(world: World) -> None:
    now = stall(world, 5)
    first = parcels.due(Channel.EMAIL, now)
    assert first is not None
    parcel = parcels.claim(first, now)
    assert parcel is not None
    parcels.failed(parcel, ChannelError("busy", again=True), now)
    release = parcel.deliveries[0].alert.visit.release
    transitions.kill(world.lead, release.pk, "no_value", "Nobody uses it.", at=now)
    notice(now)
    mail.outbox.clear()
    deliver(now + timedelta(minutes=5))
    assert parcel.recipient is not None
    (message,) = to(parcel.recipient)
    assert "4 releases are past their budget" in message.subject
    assert release.model.name not in message.body


def test_a_worker_that_dies_before_sending_gives_the_message_back_after_the_lease(world: World) -> None:
    now = stall(world, 1)
    first = parcels.due(Channel.EMAIL, now)
    assert first is not None
    assert first.recipient is not None
    assert parcels.claim(first, now) is not None  # and then nothing more is heard of this worker
    deliver(now)
    assert [message.to for message in mail.outbox] != [[first.recipient.email]]
    assert to(first.recipient) == []
    deliver(now + LEASE)
    assert len(to(first.recipient)) == 1


def test_killed_at_any_statement_a_run_loses_nothing_and_sends_no_alert_twice_under_another_key(world: World) -> None:
    now = stall(world, 1)
    statement, finished = 1, False
    while not finished:
        mail.outbox.clear()
        with transaction.atomic():
            try:
                with killed_at(statement):
                    deliver(now)
                finished = True
            except Killed:
                pass
            deliver(now + LEASE)
            states = Delivery.objects.filter(channel=Channel.EMAIL).values_list("state", flat=True)
            assert set(states) == {DeliveryState.DELIVERED}
            keys = Counter((m.to[0], m.extra_headers["X-Throughline-Key"]) for m in mail.outbox)
            assert {person for person, _ in keys} == {world.engineer.email, world.lead.email}
            assert len(keys) == 2  # a repetition, if any, carries the same key and can be told
            transaction.set_rollback(True)
        statement += 1


def test_a_message_that_cannot_be_written_does_not_hold_up_the_others(world: World) -> None:
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    digest = "sha256:" + "0" * 64
    Decision.objects.create(
        review=review,
        officer=world.officer,
        outcome="unheard_of",
        reason="?",
        dossier_digest=digest,
        decided_at=world.tick(),
    )
    notice(world.now)
    result = deliver(world.now + SETTLING)
    assert (result.sent, result.failed) == (4, 1)
    row = Delivery.objects.get(alert__kind=AlertKind.REVIEW_DECIDED, channel=Channel.EMAIL)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.tries.get().answer == "could not be written: KeyError"


def test_waits_grow_up_to_an_hour() -> None:
    assert [wait_after(tries).total_seconds() for tries in (1, 2, 3, 7, 8, 20)] == [30, 60, 120, 1920, 3600, 3600]


def test_an_idle_run_asks_once_and_writes_nothing(world: World, django_assert_num_queries: Any) -> None:
    deliver(stall(world, 1))
    with django_assert_num_queries(1):
        assert not deliver(world.now + timedelta(days=1))


def test_the_inbox_needs_no_run(world: World) -> None:
    stall(world, 1)
    row = Delivery.objects.get(recipient=world.lead, channel=Channel.INBOX)
    assert (row.state, row.delivered_at, row.next_attempt_at) == ("delivered", world.now, None)


def test_a_digest_of_everything_counts_each_sort(world: World) -> None:
    now = business_days(world.now + timedelta(days=2), 5.5)
    stalled = [world.release_at(Stage.BRIEF) for _ in range(3)]
    for release in stalled:
        holds.nudge(world.lead, release.pk, "News?", at=now)
    notice(now)
    deliver(now + SETTLING)
    (message,) = to(world.engineer)
    assert message.subject == "Stalled: 3 releases are past their budget and 3 nudges"


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_send_everything_once(world: World) -> None:
    for _ in range(5):
        world.release_at(Stage.BRIEF)
    world.release_at(Stage.DEPLOYMENT)
    now = stall(world, 0)
    at_once(*[lambda: deliver(now)] * 3)
    assert Delivery.objects.filter(channel=Channel.EMAIL).exclude(state=DeliveryState.DELIVERED).count() == 0
    sent = Counter(message.to[0] for message in mail.outbox)
    bundled = set(Delivery.objects.filter(bundle__isnull=False).values_list("recipient__email", flat=True))
    assert bundled
    assert {person: sent[person] for person in bundled} == dict.fromkeys(bundled, 1)
    tries = Counter(Delivery.objects.filter(channel=Channel.EMAIL).values_list("attempts", flat=True))
    assert set(tries) == {1}
    assert Alert.objects.filter(kind=AlertKind.BREACHED).count() == 6
