"""The inbox page: mine alone, what is unread first, and nothing changes by looking."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from governance.acts import holds, ownership, transitions
from models_registry.models import Person, RegisteredModel
from models_registry.vocabulary import AlertKind, OrgRole, Stage, TeamRole
from tests.tracker.alerts.sweeping import business_days
from tests.world import MONDAY, World
from tracker.models import Alert, Channel, Delivery
from tracker.stalls import notice

MOST_QUERIES = 15
LOOKED_AT = datetime.fromisoformat("2026-06-10T10:00:00+00:00")


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def inbox_of(person: Person) -> Any:
    return Delivery.objects.filter(recipient=person, channel=Channel.INBOX)


def stalled(world: World, count: int = 1, **facts: Any) -> None:
    for _ in range(count):
        world.release_at(Stage.BRIEF, **facts)
    world.now = business_days(world.now + timedelta(days=3), 5.5)
    notice(world.now)


def text(client: Client, address: str = "") -> str:
    answer = client.get(address or reverse("inbox"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_empty_until_something_is_told(world: World) -> None:
    page = text(signed_in(world.lead))
    assert "Your inbox is empty" in page
    assert "Mark all as read" not in page


def test_it_says_the_finding_and_counts_what_is_unread(world: World) -> None:
    stalled(world, name="claims-triage")
    with time_machine.travel(world.now, tick=False):
        page = text(signed_in(world.lead))
    assert "claims-triage release 1 is " in page
    assert "past its brief budget" in page
    assert "1 of 1 message unread." in page
    assert 'aria-label="Inbox: 1 unread"' in page


def test_everybody_reads_only_their_own(world: World) -> None:
    stalled(world)
    assert "past its brief budget" not in text(signed_in(world.colleague))
    theirs = inbox_of(world.lead).get()
    for name in ("inbox_read", "inbox_open"):
        answer = signed_in(world.engineer).post(reverse(name, args=[theirs.pk]))
        assert answer.status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_what_i_may_not_see_any_more_is_gone_from_page_count_and_export(world: World) -> None:
    stalled(world, name="secret-scorer")
    world.team.memberships.filter(person=world.lead).delete()
    RegisteredModel.objects.update(restricted=True)
    client = signed_in(world.lead)
    page = text(client)
    assert "secret-scorer" not in page
    assert "unread" not in page.split("<h1")[0].split('aria-label="Inbox')[1][:20]
    export = b"".join(client.get(reverse("inbox"), {"format": "csv"}).streaming_content)  # type: ignore[attr-defined]
    assert b"secret-scorer" not in export
    assert client.post(reverse("inbox_open", args=[inbox_of(world.lead).get().pk])).status_code == 404


@pytest.mark.parametrize("name", ["inbox_read", "inbox_open"])
def test_looking_changes_nothing_and_only_a_post_marks(world: World, name: str) -> None:
    stalled(world)
    message = inbox_of(world.lead).get()
    client = signed_in(world.lead)
    text(client)
    assert client.get(reverse(name, args=[message.pk])).status_code == 405
    message.refresh_from_db()
    assert message.read_at is None
    answer = client.post(reverse(name, args=[message.pk]))
    assert answer.status_code == 303
    message.refresh_from_db()
    assert message.read_at is not None


def test_opening_leads_to_the_thing(world: World) -> None:
    stalled(world, name="claims-triage")
    message = inbox_of(world.lead).get()
    answer = signed_in(world.lead).post(reverse("inbox_open", args=[message.pk]))
    assert answer["Location"] == "/models/claims-triage/?release=1"
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    notice(world.now)
    asked = inbox_of(world.officer).get(alert__kind=AlertKind.REVIEW_REQUESTED)
    answer = signed_in(world.officer).post(reverse("inbox_open", args=[asked.pk]))
    assert answer["Location"] == reverse("review", args=[review.pk])


def test_marking_again_keeps_the_moment_of_the_first_time(world: World) -> None:
    stalled(world)
    message, client = inbox_of(world.lead).get(), signed_in(world.lead)
    client.post(reverse("inbox_read", args=[message.pk]))
    message.refresh_from_db()
    first = message.read_at
    client.post(reverse("inbox_read", args=[message.pk]))
    message.refresh_from_db()
    assert message.read_at == first


def test_with_htmx_a_mark_answers_with_the_row_alone(world: World) -> None:
    stalled(world)
    message = inbox_of(world.lead).get()
    answer = signed_in(world.lead).post(
        reverse("inbox_read", args=[message.pk]), headers={"HX-Request": "true", "HX-Current-URL": "/inbox/"}
    )
    part = answer.content.decode()
    assert answer.status_code == 200
    assert part.strip().startswith("<li")
    assert "is-new" not in part


def test_mark_all_leaves_what_came_in_after_the_page_was_read(world: World) -> None:
    stalled(world, 2)
    seen = max(inbox_of(world.lead).values_list("pk", flat=True))
    stalled(world)
    client = signed_in(world.lead)
    client.post(reverse("inbox_read_all"), {"newest": str(seen)})
    assert inbox_of(world.lead).filter(read_at__isnull=True, pk__lte=seen).count() == 0
    assert inbox_of(world.lead).filter(read_at__isnull=True).exclude(pk__lte=seen).count() >= 1
    assert inbox_of(world.engineer).filter(read_at__isnull=False).count() == 0


@pytest.mark.parametrize("newest", ["", "abc", "-1", "9" * 40, "1; DROP TABLE"])
def test_a_mark_all_without_a_usable_bound_marks_nothing(world: World, newest: str) -> None:
    stalled(world)
    answer = signed_in(world.lead).post(reverse("inbox_read_all"), {"newest": newest}, follow=True)
    assert "reload the inbox first" in answer.content.decode()
    assert inbox_of(world.lead).filter(read_at__isnull=False).count() == 0


def test_unread_comes_first_whatever_its_age(world: World) -> None:
    stalled(world, name="old-and-unread")
    stalled(world, name="new-and-read")
    client = signed_in(world.lead)
    newer = inbox_of(world.lead).filter(alert__visit__release__model__name="new-and-read").get()
    client.post(reverse("inbox_read", args=[newer.pk]))
    page = text(client)
    assert page.index("old-and-unread") < page.index("new-and-read")
    assert "new-and-read" not in text(client, reverse("inbox") + "?show=unread")


def test_a_stall_that_is_over_says_so(world: World) -> None:
    stalled(world, name="claims-triage")
    release = Alert.objects.get(kind=AlertKind.BREACHED).visit.release
    transitions.break_glass(world.lead, release.pk, "It cannot wait any longer.", at=world.now)
    notice(world.now)
    page = text(signed_in(world.engineer))
    assert "claims-triage release 1 was past its brief budget" in page
    assert "Moving again" in page
    assert "moved to the next stage" in page


def test_what_was_set_aside_is_not_called_moving(world: World) -> None:
    stalled(world)
    release = Alert.objects.get(kind=AlertKind.BREACHED).visit.release
    transitions.park(world.lead, release.pk, "no_budget", "Next year.", at=world.now)
    notice(world.now)
    page = text(signed_in(world.lead))
    assert "Moving again" not in page
    assert "Parked" in page


def test_a_script_in_a_name_or_message_stays_text(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="<script>alert(1)</script>")
    holds.nudge(world.lead, release.pk, "<img src=x onerror=alert(2)>", at=world.tick())
    notice(world.now)
    page = text(signed_in(world.engineer))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_days_are_the_readers_own(world: World) -> None:
    world.lead.timezone = "Pacific/Auckland"
    world.lead.save()
    stalled(world)
    inbox_of(world.lead).update(created_at=LOOKED_AT.replace(day=9, hour=23))
    with time_machine.travel(LOOKED_AT, tick=False):
        assert ">Today " in text(signed_in(world.lead))
    world.lead.timezone = "UTC"
    world.lead.save()
    with time_machine.travel(LOOKED_AT, tick=False):
        assert ">Yesterday " in text(signed_in(world.lead))


def test_the_export_has_every_message_and_no_formula(world: World) -> None:
    stalled(world, name="=HYPERLINK(1)")
    stalled(world, 2)
    content = b"".join(
        signed_in(world.lead).get(reverse("inbox"), {"format": "csv"}).streaming_content  # type: ignore[attr-defined]
    )
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert len(rows) == inbox_of(world.lead).count() == 4
    assert "'=HYPERLINK(1)" in {row["Model"] for row in rows}
    assert {row["Read"] for row in rows} == {"unread"}


def test_fifty_a_page_and_a_page_past_the_end_is_the_last(world: World) -> None:
    stalled(world)
    many(world.lead, 60)
    client = signed_in(world.lead)
    first, second = text(client), text(client, reverse("inbox") + "?page=2")
    assert first.count('class="msg is-new"') == 50
    assert second.count('class="msg is-new"') == 11
    assert text(client, reverse("inbox") + "?page=99").count('class="msg is-new"') == 11


def test_a_page_across_the_border_of_unread_and_read_misses_and_repeats_nothing(world: World) -> None:
    stalled(world)
    many(world.lead, 119)
    unread = inbox_of(world.lead).order_by("pk").values_list("pk", flat=True)[:70]
    inbox_of(world.lead).exclude(pk__in=list(unread)).update(read_at=world.now)
    client = signed_in(world.lead)
    pages = [text(client, f"{reverse('inbox')}?page={number}") for number in (1, 2, 3)]
    assert [page.count('<li class="msg') for page in pages] == [50, 50, 20]
    assert [page.count('class="msg is-new"') for page in pages] == [50, 20, 0]
    shown = {part.split('"')[0] for page in pages for part in page.split('data-message="')[1:]}
    assert len(shown) == 120


def many(person: Person, count: int, at: datetime = MONDAY) -> None:
    """Further messages of one real alert's visit, told on its occasion numbers; older than the real ones."""
    model = inbox_of(person).first()
    alerts = Alert.objects.bulk_create(
        [Alert(kind=AlertKind.BREACHED, visit=model.alert.visit, occasion=1000 + n) for n in range(count)]
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                alert=alert,
                recipient=person,
                channel=Channel.INBOX,
                state="delivered",
                created_at=at,
                delivered_at=at,
            )
            for alert in alerts
        ]
    )


def every_kind(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    holds.nudge(world.lead, release.pk, "News?", at=world.tick())
    ownership.offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    held = world.release_at(Stage.BRIEF)
    holds.hold(
        world.engineer,
        held.pk,
        reason_code="other",
        reason="Waiting.",
        waits_on="external",
        expected_end=world.now + timedelta(hours=3),
        at=world.tick(),
    )
    world.release_at(Stage.DEPLOYMENT)
    world.release_at(Stage.COMPLIANCE_REVIEW)
    notice(business_days(world.now, 5.5))


def test_the_page_costs_the_same_for_few_messages_and_for_fifty(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    every_kind(world)
    client = signed_in(world.engineer)
    text(client)
    count = queries_of(lambda: text(client))
    assert count <= MOST_QUERIES
    many(world.engineer, 60)
    with django_assert_num_queries(count):
        text(client)


def test_an_export_of_many_portions_keeps_its_queries_per_portion(world: World) -> None:
    stalled(world)
    many(world.lead, 120)
    client = signed_in(world.lead)

    def export() -> None:
        answer = client.get(reverse("inbox"), {"format": "csv"})
        assert len(b"".join(answer.streaming_content).splitlines()) == 122  # type: ignore[attr-defined]

    assert queries_of(export) <= 30


def queries_of(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("role", [OrgRole.ADMIN, OrgRole.AUDITOR, OrgRole.COMPLIANCE_OFFICER, OrgRole.MEMBER])
def test_every_role_has_an_inbox(world: World, role: OrgRole) -> None:
    person = world.person("Somebody Else", role=role, team_role=TeamRole.VIEWER)
    assert "Inbox" in text(signed_in(person))


def test_a_stranger_is_sent_to_the_door(world: World) -> None:
    assert Client().get(reverse("inbox")).status_code == 302
